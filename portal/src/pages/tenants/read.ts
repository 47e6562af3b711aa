// What both views read, kept up to date by the stream.
import { get } from '../../api/client.ts';
import { useFetched, type Fetched } from '../../live/fetched.ts';
import { picture, version } from '../../live/live.ts';
import { quotasNow } from './quotas.ts';
import type { Balance, Tenant } from './types.ts';

// Of the tenant and those below it, or all. Without a picture they are read anew when use has changed.
export function useTenants(tenant = ''): Fetched<Tenant[]> {
  const of = useFetched(
    `tenants ${tenant}`,
    (signal) => get<{ tenants: Tenant[] }>('/v1/tenants', { tenant }, signal),
    (state) => !picture.peek()?.estate.pools.length && state.use.length > 0,
  );
  version.value;
  return { ...of, body: of.body && quotasNow(of.body.tenants, picture.value) };
}

export function useBalances(tenant = ''): Fetched<Balance[]> {
  const of = useFetched(
    `balances ${tenant}`,
    (signal) => get<{ balances: Balance[] }>('/v1/balances', { tenant }, signal),
    (state) => state.use.length > 0,
    5000,
  );
  return { ...of, body: of.body && of.body.balances };
}
