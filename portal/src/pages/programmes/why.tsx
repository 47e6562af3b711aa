// The reason that is kept with a deed.
import { text } from './text.ts';

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
