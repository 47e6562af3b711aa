// Which of several rectangles lies next in a direction.
import type { Rect } from './rect.ts';

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const middle = ({ x, y, width, height }: Rect) => ({ x: x + width / 2, y: y + height / 2 });

// The nearest whose middle lies that way; what lies beside counts as farther. Null where there is none.
export function neighbour<Thing>(from: Rect, direction: Direction, all: readonly [Thing, Rect][]): Thing | null {
  const start = middle(from);
  const isAcross = direction === 'ArrowLeft' || direction === 'ArrowRight';
  const sign = direction === 'ArrowLeft' || direction === 'ArrowUp' ? -1 : 1;
  let best: Thing | null = null;
  let least = Infinity;
  for (const [thing, rect] of all) {
    const { x, y } = middle(rect);
    const ahead = sign * (isAcross ? x - start.x : y - start.y);
    const beside = Math.abs(isAcross ? y - start.y : x - start.x);
    if (ahead <= 1e-6 || ahead + 2 * beside >= least) continue;
    least = ahead + 2 * beside;
    best = thing;
  }
  return best;
}
