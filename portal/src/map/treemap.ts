// A squarified treemap: rectangles of given weights that fill one, each as near to a square as its turn allows.
import type { Rect } from './rect.ts';

// Answers in the order of the weights, which are above 0. Ties are broken by the order, so that the same estate always
// looks the same.
export function treemap(weights: readonly number[], into: Rect): Rect[] {
  const order = weights.map((_, index) => index).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const areas = weights.map((weight) => (weight / total) * into.width * into.height);
  const out: Rect[] = weights.map(() => into);
  let rest = into;
  for (let from = 0; from < order.length;) {
    const side = Math.min(rest.width, rest.height);
    let to = from + 1;
    let area = areas[order[from]!]!;
    let worst = worstAspect(area, area, area, side);
    for (; to < order.length; ++to) {
      const next = areas[order[to]!]!;
      const aspect = worstAspect(area + next, areas[order[from]!]!, next, side);
      if (aspect > worst) break;
      worst = aspect;
      area += next;
    }
    rest = layRow(order.slice(from, to), areas, area, rest, out);
    from = to;
  }
  return out;
}

// Of a row along `side`, whose members have `area` together.
function worstAspect(area: number, largest: number, smallest: number, side: number): number {
  const depth = area / side;
  return Math.max((depth * depth) / smallest, largest / (depth * depth));
}

// Returns what the row leaves.
function layRow(row: number[], areas: number[], area: number, rest: Rect, out: Rect[]): Rect {
  const { x, y, width, height } = rest;
  const isColumn = width >= height;
  const depth = area / (isColumn ? height : width);
  let at = isColumn ? y : x;
  for (const index of row) {
    const length = areas[index]! / depth;
    out[index] = isColumn ? { x, y: at, width: depth, height: length } : { x: at, y, width: length, height: depth };
    at += length;
  }
  return isColumn
    ? { x: x + depth, y, width: Math.max(0, width - depth), height }
    : { x, y: y + depth, width, height: Math.max(0, height - depth) };
}
