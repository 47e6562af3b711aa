// All tenants that the caller may see, as a tree.
import { query, setQuery } from '../../app/router.ts';
import { Part } from '../../ui/part.tsx';
import { choiceOf, PoolChoice } from './pool_choice.tsx';
import { poolsOf } from './quotas.ts';
import { useBalances, useTenants } from './read.ts';
import { text } from './text.ts';
import { TreeTable } from './tree_table.tsx';
import type { Balance, Tenant } from './types.ts';

// More than this many are shown closed at first.
const manyTenants = 60;

export function All() {
  const words = text.value;
  const tenants = useTenants();
  const balances = useBalances();
  return (
    <>
      <h1>{words.pages.tenants}</h1>
      <Part of={tenants} who={words.who}>
        {(body) => <Tree tenants={body} balances={balances} />}
      </Part>
    </>
  );
}

function Tree({ tenants, balances }: { tenants: Tenant[]; balances: Balance[] }) {
  const pools = poolsOf(tenants);
  const choice = choiceOf(pools);
  const search = query.value.get('q') ?? '';
  return (
    <>
      <div class="row">
        <label>
          {text.value.search}
          <input type="search" value={search} onInput={(event) => setQuery({ q: event.currentTarget.value })} />
        </label>
        <PoolChoice pools={pools} choice={choice} />
      </div>
      <TreeTable
        tenants={tenants}
        balances={balances}
        pools={pools}
        choice={choice}
        search={search}
        isOpenAtFirst={tenants.length <= manyTenants}
      />
    </>
  );
}
