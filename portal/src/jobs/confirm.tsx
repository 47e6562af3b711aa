// Asks before something is done, and shows why it was refused.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { newKey } from '../api/change.ts';
import type { Problem } from '../api/client.ts';

interface Props {
  title: string;
  children: ComponentChildren;
  yes: string;
  no: string;
  isBad?: boolean;
  perform: (key: string) => Promise<unknown>; // the same key until the server has answered
  onDone: () => void;
  onClose: () => void;
}

export function Confirm({ title, children, yes, no, isBad, perform, onDone, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useRef(newKey());
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close(); // gives the focus back, and tells onClose
  const go = async () => {
    setBusy(true);
    try {
      await perform(key.current);
      onDone();
      close();
    } catch (error) {
      const refusal = error as Problem;
      if (refusal.status >= 400 && refusal.status < 500) key.current = newKey();
      setProblem(refusal);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="card confirm" aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      {problem && (
        <p class="bad" role="alert" lang="en">
          {problem.message}
        </p>
      )}
      <div class="row end">
        <button onClick={close}>{no}</button>
        <button class={isBad ? 'bad' : 'main'} disabled={isBusy} onClick={() => void go()}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
