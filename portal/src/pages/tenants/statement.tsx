// What a tenant was awarded and charged, month by month.
import { get } from '../../api/client.ts';
import { credits } from '../../i18n/credits.ts';
import { date, number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { Figures } from '../../ui/figures.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { text } from './text.ts';
import type { Line, Month, Statement } from './types.ts';

export function Statements({ path }: { path: string }) {
  const words = text.value;
  const statements = useFetched(
    path,
    (signal) => get<{ statements: Statement[] }>('/v1/statements', { tenant: path }, signal),
    (state) => state.use.length > 0,
    10_000,
  );
  // Those of tenants below are on their own pages.
  const own = statements.body?.statements.find(({ tenant }) => tenant === path);
  if (statements.body && !own) return null;
  return (
    <section>
      <h2>{words.statement}</h2>
      <Part of={statements} who={words.whoCredits}>
        {() => own && <One statement={own} />}
      </Part>
    </section>
  );
}

function One({ statement }: { statement: Statement }) {
  const words = text.value;
  const { tenant, programme, months } = statement;
  const amount = (name: string, value: (month: Month) => string): Column<Month> => ({
    name,
    isNumber: true,
    cell: (month) => (value(month) === '0' ? <span class="quiet">0</span> : credits(value(month))),
  });
  const columns: Column<Month>[] = [
    { name: words.month, cell: ({ month }) => <span class="short">{month}</span> },
    amount(words.opening, ({ opening }) => opening),
    amount(words.awarded, ({ awarded }) => awarded),
    amount(words.charged, ({ charged }) => charged),
    amount(words.refunded, ({ refunded }) => refunded),
    amount(words.lapsed, ({ lapsed }) => lapsed),
    amount(words.reduced, ({ reduced }) => reduced),
    amount(words.closing, ({ closing }) => closing),
  ];
  return (
    <>
      <p class="quiet">{words.accountOf(tenant, programme)}</p>
      <Figures
        of={[
          [words.balance, credits(statement.balance)],
          [words.free, credits(statement.free)],
          [words.heldCredits, credits(statement.held)],
          statement.owed && [words.owed, <span class="bad">{credits(statement.owed)}</span>],
          statement.first_lapses && [words.lapsesFirst, date(statement.first_lapses)],
        ]}
      />
      <Table caption={words.statement} columns={columns} rows={months} keyOf={({ month }) => month} />
      {months
        .filter(({ pools }) => pools.length > 0)
        .map(({ month, pools }) => (
          <Lines key={month} name={words.lines(month)} lines={pools} />
        ))}
    </>
  );
}

function Lines({ name, lines }: { name: string; lines: Line[] }) {
  const words = text.value;
  const columns: Column<Line>[] = [
    { name: words.pool, cell: ({ pool, kind }) => <span class="name">{`${pool} (${kind})`}</span> },
    { name: words.runs, isNumber: true, cell: ({ runs }) => number(runs) },
    { name: words.hours, isNumber: true, cell: ({ hours }) => number(hours, 3) },
    { name: words.charged, isNumber: true, cell: ({ charged }) => credits(charged) },
    {
      name: words.waived,
      isNumber: true,
      cell: ({ waived }) =>
        Object.entries(waived).map(([why, amount]) => (
          <div key={why}>
            {words.causes[why] ?? why}: {credits(amount)}
          </div>
        )),
    },
  ];
  return (
    <details>
      <summary>{name}</summary>
      <Table caption={name} columns={columns} rows={lines} keyOf={({ pool, kind }) => `${pool} ${kind}`} />
    </details>
  );
}
