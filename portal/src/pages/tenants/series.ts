// What a tenant held over time, as a chart draws it.
import { isChosen, type Choice } from './quotas.ts';
import type { Quota } from './types.ts';

export interface HistoryPool extends Pick<Quota, 'pool' | 'unit'> {
  held: number[]; // every `every_s`, the last at `until`
  guarantee: number;
}

export interface History {
  every_s: number;
  until: string;
  tenants: { path: string; pools: HistoryPool[] }[];
}

export interface Series {
  times: number[]; // seconds since 1970
  held: number[];
  guarantee: number;
}

// Of the chosen pools together. A pool that has fewer points came later, and held nothing before.
export function seriesOf(history: History, tenant: string, choice: Choice): Series {
  const pools = history.tenants.find(({ path }) => path === tenant)?.pools ?? [];
  const chosen = pools.filter((pool) => isChosen(pool, choice));
  const length = chosen.reduce((most, { held }) => Math.max(most, held.length), 0);
  const held = new Array<number>(length).fill(0);
  let guarantee = 0;
  for (const pool of chosen) {
    guarantee += pool.guarantee;
    pool.held.forEach((amount, index) => (held[length - pool.held.length + index]! += amount));
  }
  const until = Date.parse(history.until) / 1000;
  return { times: held.map((_, index) => until - (length - 1 - index) * history.every_s), held, guarantee };
}
