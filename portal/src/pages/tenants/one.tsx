// One tenant: what it may hold, holds, has used and may spend.
import { above } from '../../api/tenant_path.ts';
import { number } from '../../i18n/format.ts';
import { GrantsOf } from '../../ledger/grants_of.tsx';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Figures } from '../../ui/figures.tsx';
import { queueHref, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { OverTime } from './history.tsx';
import { choiceOf, PoolChoice, unitOf } from './pool_choice.tsx';
import { poolsOf, sumOf, type Choice } from './quotas.ts';
import { useBalances, useTenants } from './read.ts';
import { Statements } from './statement.tsx';
import { text } from './text.ts';
import { TreeTable } from './tree_table.tsx';
import type { Quota, Tenant } from './types.ts';
import { Used } from './use.tsx';
import { isOfAbove, Use } from './use_bar.tsx';

export function One({ path }: { path: string }) {
  const words = text.value;
  const tenants = useTenants(path);
  return (
    <>
      <Crumbs name={words.pages.tenants} href="/tenants">
        {above(path).map((one) => (
          <TenantLink key={one} path={one}>
            {one.split('/').pop()}
          </TenantLink>
        ))}
      </Crumbs>
      <h1 class="name">{path}</h1>
      <Part of={tenants} who={tenants.problem?.status === 404 ? words.unknown : words.who}>
        {(body) => <Known path={path} tenants={body} />}
      </Part>
    </>
  );
}

function Known({ path, tenants }: { path: string; tenants: Tenant[] }) {
  const tenant = tenants.find((one) => one.path === path);
  const pools = poolsOf(tenants);
  const choice = choiceOf(pools);
  return (
    <>
      {tenant && <Head tenant={tenant} choice={choice} unit={unitOf(pools, choice)} />}
      <div class="row">
        <PoolChoice pools={pools} choice={choice} />
        <a class="button" href={queueHref(path)}>
          {text.value.jobsOf}
        </a>
      </div>
      <OverTime path={path} choice={choice} />
      {tenant && <Quotas path={path} quotas={tenant.pools} />}
      <Used path={path} />
      <Statements path={path} />
      <GrantsOf tenant={path} />
      <Below path={path} tenants={tenants} choice={choice} />
    </>
  );
}

function Head({ tenant, choice, unit }: { tenant: Tenant; choice: Choice; unit: string }) {
  const words = text.value;
  const amount = (value: number) => `${number(value, 3)} ${words.unit[unit] ?? unit}`;
  const sum = sumOf(tenant.pools, choice, 0);
  return (
    <Figures
      of={[
        [words.held, amount(sum.held)],
        [words.guarantee, amount(sum.guarantee)],
        !isOfAbove(tenant.path, sum, choice) && [words.borrowed, amount(sum.borrowed)],
        [words.running, number(sum.running)],
        [words.waiting, number(sum.pending)],
        [words.weight, number(tenant.weight)],
        [words.order, tenant.fairness === 'users' ? words.users : words.byAge],
        [words.preempts, tenant.preempt === 'priority' ? words.byPriority : words.none],
      ]}
    />
  );
}

function Quotas({ path, quotas }: { path: string; quotas: Quota[] }) {
  const words = text.value;
  const columns: Column<Quota>[] = [
    {
      name: words.pool,
      cell: ({ pool, unit }) => <span class="name">{`${pool} (${words.unit[unit] ?? unit})`}</span>,
    },
    { name: words.use, cell: (quota) => <Use sum={quota} path={path} choice={{ pool: quota.pool }} /> },
    { name: words.held, isNumber: true, cell: ({ held }) => number(held, 3) },
    { name: words.guarantee, isNumber: true, cell: ({ guarantee }) => number(guarantee, 3) },
    { name: words.limit, isNumber: true, cell: ({ limit }) => (limit === null ? words.none : number(limit, 3)) },
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

function Below({ path: base, tenants, choice }: { path: string; tenants: Tenant[]; choice: Choice }) {
  const balances = useBalances(base);
  const below = tenants.filter(({ path }) => path !== base);
  if (below.length === 0) return null;
  return (
    <section>
      <h2>{text.value.below}</h2>
      <TreeTable
        tenants={below}
        balances={balances}
        pools={poolsOf(tenants)}
        choice={choice}
        isOpenAtFirst={false}
        base={base}
      />
    </section>
  );
}
