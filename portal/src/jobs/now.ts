// The server's clock, as far as it has told: what "in 5 min" is reckoned from.
import { signal } from '@preact/signals';
import { onState } from '../live/live.ts';

let ahead = 0; // ms that the server's clock is ahead of ours
export const now = signal(Date.now());

export function heard(text: string): void {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return;
  ahead = at - Date.now();
  if (Math.abs(now.peek() - at) > 10_000) now.value = at;
}

// What has just changed has just happened; a whole state may be old.
onState((state) => state.whole || heard(state.now));
setInterval(() => (now.value = Date.now() + ahead), 10_000);
