// How the blocks of a pool, the racks of a block, the nodes of a rack and the GPUs of a node lie in rows. All of one
// level are alike, so that where something lies is arithmetic, and nothing is kept for each of them.

export interface Step {
  count: number;
  columns: number;
  rows: number;
  dx: number; // from one to the next
  dy: number;
  x: number; // of the first, within what holds it
  y: number;
  width: number;
  height: number;
}

// From the outermost.
export type Grid = readonly [blocks: Step, racks: Step, nodes: Step, gpus: Step];
export type Counts = readonly [blocks: number, racks: number, nodes: number, gpus: number];

// Parts of the pitch that stay free: beside, below, and above for the name.
const gaps = [
  { x: 0.02, y: 0.015, head: 0.035 },
  { x: 0.04, y: 0.02, head: 0.05 },
  { x: 0.05, y: 0.02, head: 0.08 },
  { x: 0.08, y: 0.08, head: 0 },
] as const;

const kept = (of: 'x' | 'y') => gaps.reduce((part, gap) => part * (1 - (of === 'x' ? gap.x : gap.y + gap.head)), 1);
const keptX = kept('x');
const keptY = kept('y');

// Takes the rows that make the smaller side of a GPU large, and what holds GPUs not stretched.
export function gridOf(counts: Counts, width: number, height: number): Grid {
  const [blocks, racks, nodes, gpus] = counts.map((count, level) => shapes(count, level >= 2));
  let best = -1;
  let found: Shape[] = [];
  for (const b of blocks!) {
    for (const r of racks!) {
      for (const n of nodes!) {
        for (const g of gpus!) {
          const w = (width * keptX) / (b.columns * r.columns * n.columns * g.columns);
          const h = (height * keptY) / (b.rows * r.rows * n.rows * g.rows);
          const score =
            Math.min(w, h) *
            (1 - 0.02 * stretch(w, h)) *
            (1 - 0.04 * stretch(w * g.columns, h * g.rows)) *
            (1 - 0.03 * stretch(w * g.columns * n.columns, h * g.rows * n.rows)) *
            (1 - 0.04 * stretch(width * b.rows, height * b.columns));
          if (score > best) {
            best = score;
            found = [b, r, n, g];
          }
        }
      }
    }
  }
  return steps(counts, found, width, height);
}

interface Shape {
  columns: number;
  rows: number;
}

// Each number of rows with as few columns as hold `count`, without those that waste much. GPUs of a node and nodes of a
// rack are many times in a pool: these fill their rows, if the number can be divided.
function shapes(count: number, isFull: boolean): Shape[] {
  const all: Shape[] = [];
  for (let rows = 1; rows <= count; ++rows) {
    const columns = Math.ceil(count / rows);
    if (Math.ceil(count / columns) === rows) all.push({ columns, rows });
  }
  const full = all.filter(({ columns, rows }) => columns * rows === count);
  if (isFull && full.length > 2) return full;
  return all.filter(({ columns, rows }) => columns * rows <= count * 1.2 || rows < 4);
}

function stretch(width: number, height: number): number {
  return Math.min(8, Math.abs(Math.log2(width / height)));
}

function steps(counts: Counts, shapes: Shape[], width: number, height: number): Grid {
  const out: Step[] = [];
  counts.forEach((count, level) => {
    const { columns, rows } = shapes[level]!;
    const gap = gaps[level]!;
    const dx = width / columns;
    const dy = height / rows;
    width = dx * (1 - gap.x);
    height = dy * (1 - gap.y - gap.head);
    out.push({ count, columns, rows, dx, dy, x: (dx * gap.x) / 2, y: dy * (gap.head + gap.y / 2), width, height });
  });
  return out as unknown as Grid;
}
