// A button that asks before it does something, with the fields that the deed needs, and says what came of it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { common } from '../i18n/common.ts';
import { Problem } from '../api/client.ts';

interface Props {
  name: string; // on the button
  question: string;
  act: (fields: FormData) => Promise<void>;
  isBad?: boolean; // takes something away
  children?: ComponentChildren; // fields
}

export function Deed({ name, question, act, isBad, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      await act(fields);
      setOpen(false);
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, (error as Error).message));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class={isBad ? 'bad' : ''} onClick={() => setOpen(true)}>
        {name}
      </button>
      <dialog ref={dialog} class="deed" aria-label={name} onClose={() => setOpen(false)}>
        {isOpen && (
          <form onSubmit={submit}>
            <h2>{name}</h2>
            <p>{question}</p>
            {children && <div class="row fields">{children}</div>}
            <Refusal problem={problem} />
            <div class="row">
              <button class={isBad ? 'bad' : 'main'} disabled={isBusy}>
                {name}
              </button>
              <button type="button" onClick={() => setOpen(false)}>
                {common.value.cancel}
              </button>
            </div>
          </form>
        )}
      </dialog>
    </>
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
