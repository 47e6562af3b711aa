// How many of each pool's GPUs (nodes of a pool without) are in use, idle, and not in service.
import { cellsPerNode, drained, lost, type Picture } from '../live/picture.ts';

export interface Tally {
  nodes: number;
  cells: number;
  held: number;
  idle: number;
  failed: number;
  drained: number; // and not in use
  lost: number;
}

const none = (): Tally => ({ nodes: 0, cells: 0, held: 0, idle: 0, failed: 0, drained: 0, lost: 0 });

export function tallies(picture: Picture): Tally[] {
  const { job, sick, nodeState } = picture;
  return picture.estate.pools.map((pool) => {
    const out = none();
    const perNode = cellsPerNode(pool);
    let cell = picture.firstCell[pool.first_node] ?? 0;
    out.nodes = pool.nodes;
    out.cells = pool.nodes * perNode;
    for (let node = pool.first_node; node < pool.first_node + pool.nodes; ++node) {
      const state = nodeState[node]!;
      for (const end = cell + perNode; cell < end; ++cell) {
        if (state === lost) ++out.lost;
        else if (sick[cell] === 1) ++out.failed;
        else if (job[cell] !== 0) ++out.held;
        else if (state === drained) ++out.drained;
        else ++out.idle;
      }
    }
    return out;
  });
}

export function sum(all: readonly Tally[]): Tally {
  return all.reduce((total, one) => {
    for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += one[name];
    return total;
  }, none());
}
