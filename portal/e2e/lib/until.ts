// Waits for what is to come about.
import { setTimeout as sleep } from 'node:timers/promises';

// Tries until `look` gives something that is neither false nor empty, and gives that back.
export async function until<Found>(
  what: string,
  look: () => Promise<Found> | Found,
  within = 30_000,
): Promise<Exclude<Found, false | null | undefined | '' | 0>> {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<Found, false | null | undefined | '' | 0>;
    if (Date.now() >= end) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(25);
  }
}
