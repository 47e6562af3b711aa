// Asks before something is done, with the fields that it needs, and shows why it was refused.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { newKey } from '../api/change.ts';
import { Problem } from '../api/client.ts';
import { common } from '../i18n/common.ts';

// The key is the same until the server has answered.
export type Act = (fields: FormData, key: string) => Promise<unknown>;

interface Props {
  title: string;
  yes?: string; // else the title
  no?: string; // else to cancel
  isBad?: boolean | undefined; // takes something away
  act: Act;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, yes = title, no = common.value.cancel, isBad, act, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useRef(newKey());
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close(); // gives the focus back, and tells onClose
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await act(new FormData(event.currentTarget as HTMLFormElement), key.current);
      close();
    } catch (error) {
      const refusal = error instanceof Problem ? error : new Problem(0, (error as Error).message);
      if (refusal.isRefusal) key.current = newKey();
      setProblem(refusal);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h2>{title}</h2>
        {children}
        <Refusal problem={problem} />
        <div class="row last">
          <button class={isBad ? 'bad' : 'main'} disabled={isBusy}>
            {yes}
          </button>
          <button type="button" onClick={close}>
            {no}
          </button>
        </div>
      </form>
    </dialog>
  );
}

// The server's sentence, line by line.
export function Refusal({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <p class="bad lines" role="alert" lang="en">
      {problem.message}
    </p>
  );
}
