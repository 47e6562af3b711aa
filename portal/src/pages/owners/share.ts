// What an owner has of its own share now: out of the picture of the stream.
import type { Picture } from '../../live/picture.ts';

export interface PoolShare {
  pool: string;
  unit: 'GPUs' | 'CPUs';
  owned: number;
  used: number; // of its own share, by itself
  borrowed: number; // beyond its share
  idle: number; // of its share, not used by itself
  lent: number | null; // of what is idle, what others use; null where the picture does not tell what all hold
}

export interface OwnerShare {
  owner: string;
  pools: PoolShare[];
}

interface Held {
  owner: string;
  owned: number;
  held: number;
}

// Lenders lend in proportion to what they leave idle; what no owner leaves idle is lent by nobody.
export function lentOf(all: readonly Held[]): Map<string, number> {
  const borrowed = all.reduce((sum, { owned, held }) => sum + Math.max(held - owned, 0), 0);
  const idle = all.reduce((sum, { owned, held }) => sum + Math.max(owned - held, 0), 0);
  const part = idle > 0 ? Math.min(borrowed / idle, 1) : 0;
  return new Map(all.map(({ owner, owned, held }) => [owner, Math.max(owned - held, 0) * part]));
}

// `mayAll`: the caller sees the use of every root tenant, so that it is known what is lent.
export function sharesOf(picture: Picture, mayAll: boolean): OwnerShare[] {
  const { pools, tenants } = picture.estate;
  const roots = tenants
    .map(({ path, parent }, number) => ({ path, parent, number }))
    .filter(({ parent }) => parent === null);
  const shares = new Map<string, PoolShare[]>();
  pools.forEach((pool, index) => {
    const owned = new Map(pool.owners);
    if (owned.size === 0) return;
    const all = roots.map(({ path, number }) => ({
      owner: path,
      owned: owned.get(number) ?? 0,
      held: picture.useOf(number, index)[2],
    }));
    const lent = mayAll ? lentOf(all) : null;
    for (const one of all) {
      if (one.owned === 0 && one.held === 0) continue;
      const share: PoolShare = {
        pool: pool.path,
        unit: pool.unit,
        owned: one.owned,
        used: Math.min(one.owned, one.held),
        borrowed: Math.max(one.held - one.owned, 0),
        idle: Math.max(one.owned - one.held, 0),
        lent: lent?.get(one.owner) ?? null,
      };
      shares.set(one.owner, [...(shares.get(one.owner) ?? []), share]);
    }
  });
  return [...shares].map(([owner, list]) => ({ owner, pools: list }));
}

// The pools of one unit together.
export function together(pools: readonly PoolShare[], unit: PoolShare['unit']): Omit<PoolShare, 'pool'> {
  const sum: Omit<PoolShare, 'pool'> = { unit, owned: 0, used: 0, borrowed: 0, idle: 0, lent: 0 };
  for (const pool of pools.filter((one) => one.unit === unit)) {
    sum.owned += pool.owned;
    sum.used += pool.used;
    sum.borrowed += pool.borrowed;
    sum.idle += pool.idle;
    sum.lent = sum.lent === null || pool.lent === null ? null : sum.lent + pool.lent;
  }
  return sum;
}
