// The devices of a node with the jobs on them: what the API tells of each, and what the picture does.
import { nodeName, type Picture } from '../../live/picture.ts';
import type { Device, Node } from './types.ts';

export interface Slot {
  index: number;
  isSick: boolean;
  job: number; // 0: none; of a device that is shared the one with the most; -1: not told
  held: number; // part of the device, 0 to 1
  facts?: Device | undefined;
}

// The number of a node in the picture, or null. O(nodes of the pool).
export function findNode(picture: Picture, pool: string, name: string): number | null {
  const { estate } = picture;
  const entry = estate.pools.find(({ path }) => path === pool);
  if (!entry) return null;
  for (let at = 0; at < entry.nodes; ++at) {
    if (nodeName(estate, entry, entry.first_node + at) === name) return entry.first_node + at;
  }
  return null;
}

export function slotsOf(node: Node, picture: Picture | null, number: number | null): Slot[] {
  const first = picture && number !== null ? picture.firstCell[number]! : null;
  return Array.from({ length: node.gpus ?? 0 }, (_, index) => {
    const facts = node.devices?.find((device) => device.index === index);
    const isTold = picture !== null && first !== null;
    return {
      index,
      isSick: (node.sick_gpus ?? []).includes(index) || facts?.healthy === false,
      job: isTold ? picture.job[first + index]! : -1,
      held: isTold ? picture.held[first + index]! / 1000 : 0,
      facts,
    };
  });
}
