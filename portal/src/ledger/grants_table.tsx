// Grants, each with its use against its time.
import { date, number, percent } from '../i18n/format.ts';
import { Bar } from '../ui/bar.tsx';
import { grantHref, ProgrammeLink, TenantLink } from '../ui/links.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { paceOf } from './pace.ts';
import { credits } from './shown_credits.ts';
import { Status } from './status.tsx';
import { ledgerText } from './text.ts';
import type { Award } from './types.ts';

interface Props {
  grants: Award[];
  leaveOut?: 'tenant' | 'programme';
}

export function GrantsTable({ grants, leaveOut }: Props) {
  const words = ledgerText.value;
  const hasCards = grants.some(({ cards }) => cards !== undefined);
  const columns: (Column<Award> | false)[] = [
    {
      name: words.grant,
      cell: ({ id, programme, application }) => (
        <a href={grantHref(programme, id)}>{application ? `${id} (${application})` : id}</a>
      ),
    },
    leaveOut !== 'tenant' && { name: words.tenant, cell: ({ tenant }) => <TenantLink path={tenant} /> },
    leaveOut !== 'programme' && { name: words.programme, cell: ({ programme }) => <ProgrammeLink name={programme} /> },
    { name: words.status, cell: ({ status }) => <Status status={status} /> },
    { name: words.pace, cell: (award) => <Pace award={award} /> },
    { name: words.awarded, isNumber: true, cell: ({ awarded }) => credits(awarded) },
    { name: words.used, isNumber: true, cell: ({ used }) => credits(used) },
    { name: words.free, isNumber: true, cell: ({ free }) => credits(free) },
    hasCards && { name: words.cards, isNumber: true, cell: ({ cards }) => cards !== undefined && number(cards) },
    { name: words.until, look: 'short', cell: ({ to }) => date(to) },
  ];
  return <Table caption={words.grants} columns={columns} rows={grants} keyOf={({ id }) => id} />;
}

// Used above, time below: who is behind sees the upper bar end before the lower one.
export function Pace({ award }: { award: Award }) {
  const words = ledgerText.value;
  const { used, elapsed, isBehind } = paceOf(award, Date.now());
  const label = words.paceLabel(percent(used), percent(elapsed));
  return (
    <div class="pace">
      <Bar
        whole={1}
        pieces={[{ from: 0, to: used, ...(isBehind ? { tone: 'wait' } : {}) }]}
        label={isBehind ? `${label}, ${words.behind}` : label}
      />
      <Bar whole={1} pieces={[{ from: 0, to: elapsed, tone: 'quiet' }]} label={label} />
    </div>
  );
}
