// What each owner has of its share now.
import { hasRoleIn } from '../../app/roles.ts';
import { server } from '../../app/session.ts';
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import { picture, version } from '../../live/live.ts';
import { TenantLink } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { sharesOf, together, type PoolShare } from './share.ts';
import { text } from './text.ts';

interface Row extends Omit<PoolShare, 'pool'> {
  owner: string;
  pool?: string;
}

const amount = (value: number) => number(value, 1);

export function Shares() {
  const words = text.value;
  version.value;
  if (!picture.value) return <p class="quiet">{words.nowWait}</p>;
  // Who sees the use of the whole estate sees what is lent.
  const mayAll = hasRoleIn(
    (server.value?.grants ?? []).filter(({ tenant }) => !tenant),
    '',
    ...(['operator', 'owner', 'member', 'programme'] as const),
  );
  const owners = sharesOf(picture.value, mayAll).filter(
    ({ owner, pools }) => mayAll || pools.some(({ used, borrowed }) => used + borrowed > 0) || seesUseOf(owner),
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
          {pool ?? words.allPools} <span class="quiet">({common.value.unit[unit] ?? unit})</span>
        </span>
      ),
    },
    { name: words.now, cell: (row) => <Bar of={row} /> },
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
const seesUseOf = (owner: string) =>
  hasRoleIn(server.value?.grants ?? [], owner, 'owner', 'member', 'programme', 'operator');

function Bar({ of }: { of: Omit<Row, 'owner'> }) {
  const whole = of.owned + of.borrowed || 1;
  const width = (value: number) => ({ width: `${(100 * value) / whole}%` });
  const label = text.value.shareLabel(amount(of.used), amount(of.lent ?? 0), amount(of.owned), amount(of.borrowed));
  return (
    <div class="share" role="img" aria-label={label} title={label} style={{ minWidth: '9rem' }}>
      <i style={width(of.used)} />
      <i class="lent" style={width(of.lent ?? 0)} />
      <i style={{ background: 'none', ...width(of.idle - (of.lent ?? 0)) }} />
      {of.borrowed > 0 && <i class="borrowed" style={width(of.borrowed)} />}
    </div>
  );
}
