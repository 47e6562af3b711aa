// Grants, each with its use against its time.
import { credits } from '../../i18n/credits.ts';
import { date, number, percent } from '../../i18n/format.ts';
import { grantHref, programmeHref, TenantLink } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { paceOf } from './pace.ts';
import { Status } from './status.tsx';
import { text } from './text.ts';
import type { Award } from './types.ts';

interface Props {
  grants: Award[];
  leaveOut?: 'tenant' | 'programme';
}

export function GrantsTable({ grants, leaveOut }: Props) {
  const words = text.value;
  const all: (Column<Award> & { of?: Props['leaveOut'] })[] = [
    {
      name: words.grant,
      cell: ({ id, programme, application }) => (
        <a href={grantHref(programme, id)}>{application ? `${id} (${application})` : id}</a>
      ),
    },
    { name: words.tenant, of: 'tenant', cell: ({ tenant }) => <TenantLink path={tenant} /> },
    {
      name: words.programme,
      of: 'programme',
      cell: ({ programme }) => (
        <a class="name" href={programmeHref(programme)}>
          {programme}
        </a>
      ),
    },
    { name: words.status, cell: ({ status }) => <Status status={status} /> },
    { name: words.pace, cell: (award) => <Pace award={award} /> },
    { name: words.awarded, isNumber: true, cell: ({ awarded }) => credits(awarded) },
    { name: words.used, isNumber: true, cell: ({ used }) => credits(used) },
    { name: words.free, isNumber: true, cell: ({ free }) => credits(free) },
    { name: words.cards, isNumber: true, cell: ({ cards }) => (cards === undefined ? '' : number(cards)) },
    { name: words.until, cell: ({ to }) => <span class="short">{date(to)}</span> },
  ];
  const columns = all.filter(({ of }) => !of || of !== leaveOut);
  return <Table caption={words.grants} columns={columns} rows={grants} keyOf={({ id }) => id} />;
}

// Used above, time below: who is behind sees the upper bar end before the lower one.
export function Pace({ award }: { award: Award }) {
  const words = text.value;
  const { used, elapsed, isBehind } = paceOf(award, Date.now());
  const label = words.paceLabel(percent(used), percent(elapsed));
  const width = (part: number) => ({ width: `${100 * Math.min(part, 1)}%` });
  return (
    <div class="pace" role="img" aria-label={isBehind ? `${label}, ${words.behind}` : label} title={label}>
      <span>
        <i class={isBehind ? 'behind' : ''} style={width(used)} />
      </span>
      <span class="elapsed">
        <i style={width(elapsed)} />
      </span>
    </div>
  );
}
