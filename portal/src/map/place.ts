// A place of the map is a path: site, pool (both by their number in the estate), then block, rack, node and GPU within
// what holds them. The empty one is the estate.
import type { Estate } from '../live/protocol.ts';

export type Place = readonly number[];
export const levels = { estate: 0, site: 1, pool: 2, block: 3, rack: 4, node: 5, gpu: 6 } as const;
const marks = ['b', 'r', 'n', 'g'];

export function isSame(a: Place | null, b: Place | null): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length && a.every((index, at) => index === b[at]));
}

// As in the address of the page: `naver-sejong/h200/b03/r12/n1/g0`, where all but GPUs are counted from 1.
export function toText(estate: Estate, place: Place): string {
  const names = place.map((index, at) => {
    if (at === 0) return estate.sites[index]!.name;
    if (at === 1) return estate.pools[index]!.path.split('/')[1]!;
    return marks[at - 2]! + (at === 5 ? index : index + 1);
  });
  return names.join('/');
}

// Null where it names nothing; whether a block and so on is there is for the layout to say.
export function fromText(estate: Estate, text: string): Place | null {
  if (text === '') return [];
  const names = text.split('/');
  const site = estate.sites.findIndex(({ name }) => name === names[0]);
  if (site < 0 || names.length > levels.gpu) return null;
  const place = [site];
  if (names.length > 1) {
    const pool = estate.pools.findIndex(({ path }) => path === `${names[0]}/${names[1]}`);
    if (pool < 0) return null;
    place.push(pool);
  }
  for (const [at, name] of names.slice(2).entries()) {
    const index = new RegExp(`^${marks[at]}(\\d{1,6})$`).exec(name);
    if (!index) return null;
    place.push(Number(index[1]) - (at === 3 ? 0 : 1));
  }
  return place;
}
