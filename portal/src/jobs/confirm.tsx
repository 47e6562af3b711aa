// Asks before something is done, and shows why it was refused.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { newKey } from '../api/change.ts';
import type { Problem } from '../api/client.ts';

interface Props {
  title: string;
  children: ComponentChildren;
  yes: string;
  no: string;
  isBad?: boolean;
  perform: (key: string) => Promise<unknown>; // the same key for each try
  onDone: () => void;
  onClose: () => void;
}

export function Confirm({ title, children, yes, no, isBad, perform, onDone, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [key] = useState(newKey);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const go = async () => {
    setBusy(true);
    try {
      await perform(key);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error as Problem);
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
        <button onClick={onClose}>{no}</button>
        <button class={isBad ? 'bad' : 'main'} disabled={isBusy} onClick={() => void go()}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
