// What pages see of the stream: signals that change with it.
import { computed, signal } from '@preact/signals';
import { isSignedIn } from '../api/client.ts';
import { Picture } from './picture.ts';
import type { Connection, State, ToTab, ToWorker } from './protocol.ts';
import { Stream } from './stream.ts';

// Null until the first state. The picture is changed in place: `version` tells that it has.
export const picture = signal<Picture | null>(null);
export const version = signal(0);
export const connection = signal<Connection>({ isLive: false, since: 0, isRefused: false });
export const isStale = computed(() => picture.value !== null && !connection.value.isLive);

type Listener = (state: State, picture: Picture) => void;
const listeners = new Set<Listener>();

// Called with each state after the picture has taken it. Returns how to stop.
export function onState(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

let pictureToCome: Picture | null = null;

function take(message: ToTab): void {
  if (message.kind === 'connection') {
    connection.value = message.connection;
    if (message.connection.isRefused) isSignedIn.value = false;
  } else if (message.kind === 'estate') {
    pictureToCome = new Picture(message.estate);
  } else {
    const to = pictureToCome ?? picture.peek();
    if (!to || (pictureToCome && !message.state.whole)) return;
    to.take(message.state);
    pictureToCome = null;
    picture.value = to;
    version.value += 1;
    listeners.forEach((listener) => listener(message.state, to));
  }
}

let toWorker: ((message: ToWorker) => void) | null = null;

// Begins to follow, by the browser's one worker, or by a stream of this tab where there are no shared workers.
export function follow(): void {
  if (!toWorker) connect();
  toWorker!({ kind: 'hello' });
}

function connect(): void {
  if (typeof SharedWorker === 'undefined') {
    const stream = new Stream(take);
    toWorker = (message) => {
      if (message.kind === 'again') stream.again();
      else if (message.kind === 'bye') stream.close();
      else if (message.kind === 'forget') stream.forget();
      else stream.open();
    };
  } else {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'dure-live' });
    worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => take(data);
    toWorker = (message) => worker.port.postMessage(message);
  }
  addEventListener('pagehide', () => toWorker?.({ kind: 'bye' }));
  addEventListener('pageshow', (event) => event.persisted && toWorker?.({ kind: 'hello' }));
}

// Somebody has signed in: what the former could see is forgotten, by the worker too, which other tabs keep alive.
export function followAnew(): void {
  picture.value = pictureToCome = null;
  if (!toWorker) connect();
  toWorker!({ kind: 'again' });
}

// Somebody has signed out.
export function forget(): void {
  picture.value = pictureToCome = null;
  toWorker?.({ kind: 'forget' });
}
