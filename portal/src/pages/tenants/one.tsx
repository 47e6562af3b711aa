// One tenant: what it may hold, holds, has used and may spend.
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import { query, setQuery } from '../../app/router.ts';
import { Figures } from '../../ui/figures.tsx';
import { queueHref, tenantHref } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { GrantsOf } from '../programmes/grants_of.tsx';
import { OverTime } from './history.tsx';
import { poolsOf, sumOf, type Choice } from './quotas.ts';
import { useBalances, useTenants } from './read.ts';
import { Statements } from './statement.tsx';
import { text } from './text.ts';
import { above } from './tree.ts';
import { TreeTable } from './tree_table.tsx';
import type { Quota, Tenant } from './types.ts';
import { Used } from './use.tsx';
import { isOfAbove, Use } from './use_bar.tsx';

export function One({ path }: { path: string }) {
  const words = text.value;
  const tenants = useTenants(path);
  return (
    <>
      <nav class="crumbs" aria-label={common.value.pages.tenants}>
        <a href="/tenants">{common.value.pages.tenants}</a>
        {above(path).map((one) => (
          <>
            {' / '}
            <a href={tenantHref(one)}>{one.split('/').pop()}</a>
          </>
        ))}
      </nav>
      <h1 class="name">{path}</h1>
      <Part of={tenants} who={tenants.problem?.status === 404 ? words.unknown : words.who}>
        {(body) => <Known path={path} tenants={body} />}
      </Part>
    </>
  );
}

function Known({ path, tenants }: { path: string; tenants: Tenant[] }) {
  const words = text.value;
  const tenant = tenants.find((one) => one.path === path);
  const pools = poolsOf(tenants);
  const wanted = query.value.get('pool');
  const unit = pools.some((pool) => pool.unit === 'GPUs') || pools.length === 0 ? 'GPUs' : 'CPUs';
  const choice: Choice = wanted && pools.some(({ pool }) => pool === wanted) ? { pool: wanted } : { unit };
  return (
    <>
      {tenant && <Head tenant={tenant} choice={choice} />}
      {pools.length > 1 && (
        <div class="row">
          <label>
            {words.counted}
            <select
              value={'pool' in choice ? choice.pool : ''}
              onChange={(event) => setQuery({ pool: event.currentTarget.value })}
            >
              <option value="">{words.allIn(common.value.unit[unit] ?? unit)}</option>
              {pools.map(({ pool }) => (
                <option key={pool} value={pool}>
                  {pool}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <OverTime path={path} choice={choice} />
      {tenant && <Quotas path={path} quotas={tenant.pools} />}
      <Used path={path} />
      <Statements path={path} />
      <GrantsOf tenant={path} />
      <Below path={path} tenants={tenants} choice={choice} pools={pools.length} />
    </>
  );
}

function Head({ tenant, choice }: { tenant: Tenant; choice: Choice }) {
  const words = text.value;
  const sum = sumOf(tenant.pools, choice, 0);
  return (
    <>
      <Figures
        of={[
          [words.held, number(sum.held, 3)],
          [words.guarantee, number(sum.guarantee, 3)],
          !isOfAbove(tenant.path, sum, choice) && [words.borrowed, number(sum.borrowed, 3)],
          [words.running, number(sum.running)],
          [words.waiting, number(sum.pending)],
          [words.weight, number(tenant.weight)],
          [words.order, tenant.fairness === 'users' ? words.users : words.byAge],
          [words.preempts, tenant.preempt === 'priority' ? words.byPriority : words.never],
        ]}
      />
      <p>
        <a class="button" href={queueHref(tenant.path)}>
          {words.jobs}
        </a>
      </p>
    </>
  );
}

function Quotas({ path, quotas }: { path: string; quotas: Quota[] }) {
  const words = text.value;
  const columns: Column<Quota>[] = [
    {
      name: words.pool,
      cell: ({ pool, unit }) => <span class="name">{`${pool} (${common.value.unit[unit] ?? unit})`}</span>,
    },
    { name: words.use, cell: (quota) => <Use sum={quota} path={path} choice={{ pool: quota.pool }} /> },
    { name: words.held, isNumber: true, cell: ({ held }) => number(held, 3) },
    { name: words.guarantee, isNumber: true, cell: ({ guarantee }) => number(guarantee, 3) },
    { name: words.limit, isNumber: true, cell: ({ limit }) => (limit === null ? words.noLimit : number(limit, 3)) },
    { name: words.running, isNumber: true, cell: ({ running }) => number(running) },
    { name: words.waiting, isNumber: true, cell: ({ pending }) => number(pending) },
  ];
  if (quotas.some(({ racks }) => racks)) {
    columns.push({ name: words.racks, isNumber: true, cell: ({ racks }) => number(racks ?? 0) });
  }
  return (
    <section>
      <h2>{words.quotas}</h2>
      <Table caption={words.quotas} columns={columns} rows={quotas} keyOf={({ pool }) => pool} />
    </section>
  );
}

function Below(props: { path: string; tenants: Tenant[]; choice: Choice; pools: number }) {
  const balances = useBalances(props.path);
  const below = props.tenants.filter(({ path }) => path !== props.path);
  if (below.length === 0) return null;
  return (
    <section>
      <h2>{text.value.below}</h2>
      <TreeTable
        tenants={below}
        balances={balances.body ?? []}
        choice={props.choice}
        pools={'pool' in props.choice ? 1 : props.pools}
        isOpenAtFirst={false}
        base={props.path}
      />
    </section>
  );
}
