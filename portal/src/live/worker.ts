// Runs once a browser: the stream, for all tabs.
import type { ToTab, ToWorker } from './protocol.ts';
import { Stream } from './stream.ts';

const tabs = new Set<MessagePort>();
const stream = new Stream((message) => tabs.forEach((tab) => tab.postMessage(message)));

(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const tab = event.ports[0]!;
  tab.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'bye') {
      tabs.delete(tab);
      if (tabs.size === 0) stream.close();
    } else if (data.kind === 'again') {
      tabs.add(tab);
      stream.again();
    } else if (data.kind === 'forget') {
      stream.forget();
    } else {
      tabs.add(tab);
      stream.greet((message: ToTab) => tab.postMessage(message));
      stream.open();
    }
  };
};
