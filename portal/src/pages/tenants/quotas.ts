// What a tenant has in some pools together, and what the stream says of it.
import type { Picture } from '../../live/picture.ts';
import type { Estate } from '../../live/protocol.ts';
import { above } from './tree.ts';
import type { Quota, Tenant } from './types.ts';

export interface Sum {
  guarantee: number;
  limit: number | null; // null: none in at least one of the pools
  held: number;
  borrowed: number;
  running: number;
  pending: number;
}

// Which pools count: one, or all that are counted in a unit.
export type Choice = { pool: string } | { unit: Quota['unit'] };

export function isChosen(quota: Pick<Quota, 'pool' | 'unit'>, choice: Choice): boolean {
  return 'pool' in choice ? quota.pool === choice.pool : quota.unit === choice.unit;
}

// `pools`: how many the choice has. Who has no quota in one of them has no limit there.
export function sumOf(quotas: readonly Quota[], choice: Choice, pools: number): Sum {
  const sum: Sum = { guarantee: 0, limit: 0, held: 0, borrowed: 0, running: 0, pending: 0 };
  let counted = 0;
  for (const quota of quotas) {
    if (!isChosen(quota, choice)) continue;
    ++counted;
    sum.guarantee += quota.guarantee;
    sum.limit = sum.limit === null || quota.limit === null ? null : sum.limit + quota.limit;
    sum.held += quota.held;
    sum.borrowed += Math.max(quota.held - quota.guarantee, 0);
    sum.running += quota.running;
    sum.pending += quota.pending;
  }
  if (counted < pools || counted === 0) sum.limit = null;
  return sum;
}

// All pools that tenants have quotas in or hold something of, in order.
export function poolsOf(tenants: readonly Tenant[]): Pick<Quota, 'pool' | 'unit'>[] {
  const pools = new Map<string, Pick<Quota, 'pool' | 'unit'>>();
  for (const tenant of tenants) for (const { pool, unit } of tenant.pools) pools.set(pool, { pool, unit });
  return [...pools.values()].sort((a, b) => (a.pool < b.pool ? -1 : 1));
}

// The quotas with what the picture says is held, runs and waits now.
export function quotasNow(tenants: readonly Tenant[], picture: Picture | null): Tenant[] {
  if (!picture || picture.estate.pools.length === 0) return [...tenants];
  const { estate } = picture;
  const numbers = new Map(estate.tenants.map(({ path }, number) => [path, number]));
  return tenants.map((tenant) => {
    const number = numbers.get(tenant.path);
    if (number === undefined) return tenant;
    const quotas: Quota[] = [];
    estate.pools.forEach((pool, index) => {
      const known = tenant.pools.find((quota) => quota.pool === pool.path);
      const row = picture.use.get(picture.useKey(number, index));
      if (!known && !(row && row.slice(2).some((count) => count > 0))) return;
      const [, , held, running, pending] = row ?? [number, index, 0, 0, 0];
      const guarantee = known?.guarantee ?? 0;
      const borrowed = Math.max(held - guarantee, 0);
      quotas.push({
        ...(known ?? { pool: pool.path, unit: pool.unit, guarantee, limit: null }),
        ...{ held, borrowed, running, pending },
      });
    });
    return { ...tenant, pools: quotas };
  });
}

// Whether a tenant above may be guaranteed something in the chosen pools, so that what is held here may be within that.
// Where what lies above is not to be seen, it may.
export function mayBeOfAbove(estate: Estate | null, path: string, choice: Choice): boolean {
  return above(path).some((one) => {
    const tenant = estate?.tenants.find((known) => known.path === one);
    if (!tenant || !estate) return true;
    return tenant.guarantees.some(([pool, amount]) => {
      const entry = estate.pools[pool];
      return amount > 0 && entry !== undefined && isChosen({ pool: entry.path, unit: entry.unit }, choice);
    });
  });
}
