// What each owner has of its share now.
import { hasRoleFor, hasRoleForAll, type Role } from '../../app/session.ts';
import { number } from '../../i18n/format.ts';
import { picture, version } from '../../live/live.ts';
import { Bar } from '../../ui/bar.tsx';
import { TenantLink } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { sharesOf, together, type PoolShare } from './share.ts';
import { text } from './text.ts';

interface Row extends Omit<PoolShare, 'pool'> {
  owner: string;
  pool?: string;
}

const seers: Role[] = ['operator', 'owner', 'member', 'programme']; // of the use of a tenant

const amount = (value: number) => number(value, 1);

export function Shares() {
  const words = text.value;
  version.value;
  if (!picture.value) return <p class="quiet">{words.nowWait}</p>;
  // Who sees the use of the whole estate sees what is lent.
  const mayAll = hasRoleForAll(...seers);
  const owners = sharesOf(picture.value, mayAll).filter(
    ({ owner, pools }) =>
      mayAll || pools.some(({ used, borrowed }) => used + borrowed > 0) || hasRoleFor(owner, ...seers),
  );
  if (owners.length === 0) return <p class="quiet">{words.nowNone}</p>;
  const rows: Row[] = owners.flatMap(({ owner, pools }) => {
    const units = [...new Set(pools.map(({ unit }) => unit))];
    const sums: Row[] = units.map((unit) => ({ owner, ...together(pools, unit) }));
    return pools.length > 1
      ? [...sums, ...pools.map((pool) => ({ owner, ...pool }))]
      : pools.map((pool) => ({ owner, ...pool }));
  });
  const columns: Column<Row>[] = [
    {
      name: words.owner,
      cell: ({ owner, pool }) => (pool && !isAlone(rows, owner) ? '' : <TenantLink path={owner} />),
    },
    {
      name: words.pool,
      cell: ({ pool, unit }) => (
        <span class="name">
          {pool ?? words.all} <span class="quiet">({words.unit[unit] ?? unit})</span>
        </span>
      ),
    },
    { name: words.now, cell: (row) => <Share of={row} /> },
    { name: words.owned, isNumber: true, cell: ({ owned }) => amount(owned) },
    { name: words.used, isNumber: true, cell: ({ used }) => amount(used) },
    {
      name: words.lent,
      isNumber: true,
      cell: ({ lent }) => (lent === null ? <span class="quiet">{words.notTold}</span> : amount(lent)),
    },
    { name: words.idle, isNumber: true, cell: ({ idle, lent }) => amount(idle - (lent ?? 0)) },
    {
      name: words.borrowed,
      isNumber: true,
      cell: ({ borrowed }) => <span class={borrowed > 0 ? '' : 'quiet'}>{amount(borrowed)}</span>,
    },
  ];
  return (
    <>
      <p class="quiet">{words.nowNote}</p>
      <Table
        caption={words.now}
        columns={columns}
        rows={rows}
        keyOf={({ owner, pool, unit }) => `${owner} ${pool ?? ''} ${unit}`}
      />
    </>
  );
}

const isAlone = (rows: Row[], owner: string) => rows.filter((row) => row.owner === owner).length === 1;

function Share({ of: { owned, used, lent, borrowed } }: { of: Omit<Row, 'owner'> }) {
  return (
    <Bar
      whole={owned + borrowed}
      pieces={[
        { from: 0, to: used },
        { from: used, to: used + (lent ?? 0), tone: 'soft' },
        { from: owned, to: owned + borrowed, tone: 'wait' },
      ]}
      mark={owned}
      label={text.value.shareLabel(amount(used), amount(lent ?? 0), amount(owned), amount(borrowed))}
    />
  );
}
