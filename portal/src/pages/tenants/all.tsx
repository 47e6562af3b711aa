// All tenants that the caller may see, as a tree.
import { query, setQuery } from '../../app/router.ts';
import { common } from '../../i18n/common.ts';
import { Part } from '../../ui/part.tsx';
import { useBalances, useTenants } from './read.ts';
import { poolsOf, type Choice } from './quotas.ts';
import { text } from './text.ts';
import { TreeTable } from './tree_table.tsx';
import type { Balance, Quota, Tenant } from './types.ts';

// More than this many are shown closed at first.
const manyTenants = 60;

export function All() {
  const tenants = useTenants();
  const balances = useBalances();
  return (
    <>
      <h1>{common.value.pages.tenants}</h1>
      <Part of={tenants} who={text.value.who}>
        {(body) => <Tree tenants={body} balances={balances.body ?? []} />}
      </Part>
    </>
  );
}

function choiceOf(pools: Pick<Quota, 'pool' | 'unit'>[]): Choice {
  const wanted = query.value.get('pool');
  if (wanted === 'GPUs' || wanted === 'CPUs') return { unit: wanted };
  if (wanted && pools.some(({ pool }) => pool === wanted)) return { pool: wanted };
  return { unit: pools.some(({ unit }) => unit === 'GPUs') || pools.length === 0 ? 'GPUs' : 'CPUs' };
}

function Tree({ tenants, balances }: { tenants: Tenant[]; balances: Balance[] }) {
  const words = text.value;
  const pools = poolsOf(tenants);
  const choice = choiceOf(pools);
  const units = [...new Set(pools.map(({ unit }) => unit))].sort().reverse();
  const search = query.value.get('q') ?? '';
  return (
    <>
      <div class="row">
        <label>
          {words.search}
          <input type="search" value={search} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
        </label>
        {pools.length > 1 && (
          <label>
            {words.counted}
            <select
              value={'pool' in choice ? choice.pool : choice.unit}
              onChange={(event) => setQuery({ pool: event.currentTarget.value })}
            >
              {units.map((unit) => (
                <option key={unit} value={unit}>
                  {words.allIn(common.value.unit[unit] ?? unit)}
                </option>
              ))}
              {pools.map(({ pool }) => (
                <option key={pool} value={pool}>
                  {pool}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <TreeTable
        tenants={tenants}
        balances={balances}
        choice={choice}
        pools={'pool' in choice ? 1 : pools.filter(({ unit }) => unit === choice.unit).length}
        search={search}
        isOpenAtFirst={tenants.length <= manyTenants}
      />
    </>
  );
}
