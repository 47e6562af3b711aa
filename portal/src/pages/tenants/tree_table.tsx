// The tree with what each tenant is guaranteed and holds.
import { query, setQuery } from '../../app/router.ts';
import { common } from '../../i18n/common.ts';
import { credits } from '../../i18n/credits.ts';
import { number } from '../../i18n/format.ts';
import { tenantHref } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { sumOf, type Choice, type Sum } from './quotas.ts';
import { text } from './text.ts';
import { branches, type Branch } from './tree.ts';
import type { Balance, Tenant } from './types.ts';
import { isOfAbove, Use } from './use_bar.tsx';

interface Props {
  tenants: Tenant[];
  balances: Balance[];
  choice: Choice;
  pools: number; // that the choice has
  search?: string;
  isOpenAtFirst: boolean;
  base?: string; // all are below it, and named from there on
}

interface Row {
  branch: Branch<Tenant>;
  sum: Sum;
  balance?: Balance | undefined;
}

const amount = (value: number) => number(value, 3);

export function TreeTable({ tenants, balances, choice, pools, search = '', isOpenAtFirst, base }: Props) {
  const words = text.value;
  const turned = new Set((query.value.get('turned') ?? '').split(',').filter(Boolean));
  const turn = (path: string) => {
    if (!turned.delete(path)) turned.add(path);
    setQuery({ turned: [...turned].join(',') });
  };
  const byTenant = new Map(balances.map((balance) => [balance.tenant, balance]));
  const rows: Row[] = branches(tenants, (path) => turned.has(path) !== isOpenAtFirst, search).map((branch) => ({
    branch,
    sum: sumOf(branch.item.pools, choice, pools),
    balance: byTenant.get(branch.path),
  }));
  const columns: Column<Row>[] = [
    { name: words.tenant, cell: ({ branch }) => <Name branch={branch} base={base} turn={turn} /> },
    { name: words.use, cell: ({ branch, sum }) => <Use sum={sum} path={branch.path} choice={choice} /> },
    { name: words.held, isNumber: true, cell: ({ sum }) => amount(sum.held) },
    { name: words.guarantee, isNumber: true, cell: ({ sum }) => amount(sum.guarantee) },
    {
      name: words.borrowed,
      isNumber: true,
      cell: ({ branch, sum }) =>
        isOfAbove(branch.path, sum, choice) ? (
          <span class="quiet">–</span>
        ) : (
          <span class={sum.borrowed > 0 ? 'borrowed' : 'quiet'}>{amount(sum.borrowed)}</span>
        ),
    },
    {
      name: words.limit,
      isNumber: true,
      cell: ({ sum }) => (sum.limit === null ? <span class="quiet">{words.noLimit}</span> : amount(sum.limit)),
    },
    { name: words.running, isNumber: true, cell: ({ sum }) => number(sum.running) },
    { name: words.waiting, isNumber: true, cell: ({ sum }) => number(sum.pending) },
  ];
  if (balances.length > 0) {
    columns.push({ name: words.balance, isNumber: true, cell: ({ balance }) => credits(balance?.balance) });
  }
  return (
    <Table caption={common.value.pages.tenants} columns={columns} rows={rows} keyOf={({ branch }) => branch.path} />
  );
}

function Name(props: { branch: Branch<Tenant>; base: string | undefined; turn: (path: string) => void }) {
  const { base, turn } = props;
  const { path, depth, isParent, isOpen } = props.branch;
  const name = base && depth === 0 ? path.slice(base.length + 1) : props.branch.name;
  return (
    <span class="branch" style={{ paddingInlineStart: `${depth * 1.1}rem` }}>
      {isParent ? (
        <button
          class="turn"
          aria-expanded={isOpen}
          aria-label={isOpen ? text.value.shut(name) : text.value.open(name)}
          onClick={() => turn(path)}
        >
          {isOpen ? '▾' : '▸'}
        </button>
      ) : (
        <span class="turn" />
      )}
      <a class="name" href={tenantHref(path)}>
        {name}
      </a>
    </span>
  );
}
