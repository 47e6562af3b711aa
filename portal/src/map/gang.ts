// Where the devices of a job lie, and nodes by name.
import { nodeName, type Picture } from '../live/picture.ts';
import type { Estate } from '../live/protocol.ts';
import { nodeInPool, placeOfNode, type Layout } from './layout.ts';
import type { Place } from './place.ts';

// How many cells a job holds, and the smallest place that has them all.
export function gangOf(picture: Picture, layout: Layout, job: number): { cells: number; place: Place } {
  let cells = 0;
  let place: Place | null = null;
  const { firstCell, nodeCount } = picture;
  for (let node = 0; node < nodeCount; ++node) {
    let here = 0;
    for (let cell = firstCell[node]!; cell < firstCell[node + 1]!; ++cell) if (picture.job[cell] === job) ++here;
    if (here === 0) continue;
    cells += here;
    const next = placeOfNode(layout, picture.estate, node) ?? [];
    place = place === null ? next : common(place, next);
  }
  return { cells, place: place ?? [] };
}

function common(a: Place, b: Place): Place {
  const end = a.findIndex((index, at) => index !== b[at]);
  return end < 0 ? a : a.slice(0, end);
}

// The nodes of a place, which follow each other: the first, and the one after the last.
export function nodesIn(layout: Layout, place: Place): [begin: number, end: number] {
  const pool = layout.pools[place[1]!]!;
  const [, racks, nodes] = pool.grid;
  const span = [pool.nodes, racks.count * nodes.count, nodes.count, 1][place.length - 2] ?? 1;
  const begin = nodeInPool(pool, place);
  return [pool.firstNode + begin, pool.firstNode + Math.min(pool.nodes, begin + span)];
}

// Nodes whose name has the text in it; one whose name it is comes first. At most `most`.
export function nodesNamed(estate: Estate, text: string, most: number): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  for (const pool of estate.pools) {
    for (let node = pool.first_node; node < pool.first_node + pool.nodes; ++node) {
      const name = nodeName(estate, pool, node).toLowerCase();
      if (name === wanted) found.unshift(node);
      else if (found.length < most && name.includes(wanted)) found.push(node);
    }
  }
  return found.slice(0, most);
}
