// A button that asks before it does something.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Act, Dialog } from './dialog.tsx';

interface Props {
  name: string; // on the button
  question: string;
  act: Act;
  isBad?: boolean;
  children?: ComponentChildren; // fields
}

export function Deed({ name, question, act, isBad, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={isBad ? 'bad' : ''} onClick={() => setOpen(true)}>
        {name}
      </button>
      {isOpen && (
        <Dialog title={name} isBad={isBad} act={act} onClose={() => setOpen(false)}>
          <p>{question}</p>
          {children && <div class="row fields">{children}</div>}
        </Dialog>
      )}
    </>
  );
}

// The text of a field of a form, without blanks around it.
export const textOf = (fields: FormData, name: string) => String(fields.get(name) ?? '').trim();
