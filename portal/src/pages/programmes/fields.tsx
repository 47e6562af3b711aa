// Fields that several forms have.
import { text } from './text.ts';

// The reason that is kept with the deed.
export function Why() {
  const words = text.value;
  return (
    <label class="wide">
      {words.why}
      <input name="why" required maxLength={1000} autocomplete="off" />
      <small>{words.whyHelp}</small>
    </label>
  );
}

export const textOf = (fields: FormData, name: string) => String(fields.get(name) ?? '').trim();
