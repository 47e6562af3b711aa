// What a simulation says of credits and loans, where it had a ledger.
import { duration, number } from '../../i18n/format.ts';
import { Table, type Column } from '../../ui/table.tsx';
import { matrixOf } from '../owners/matrix.ts';
import { MatrixTable, NetTable, Party } from '../owners/matrix_table.tsx';
import { namesOf } from './compare.ts';
import { FigureTable, nameOf, type Figure } from './figures.tsx';
import type { Run } from './page.tsx';
import type { LedgerPart } from './summary.ts';
import { text } from './text.ts';

export function Ledgers({ runs }: { runs: Run[] }) {
  if (runs.every(({ summary }) => !summary.ledger)) return null;
  return (
    <>
      <TakenBack runs={runs} />
      {runs.map(({ summary }, index) =>
        summary.ledger ? (
          <section key={index}>
            {runs.length > 1 && <h2>{nameOf(runs, index)}</h2>}
            <Loans loans={summary.ledger.loans} run={nameOf(runs, index)} />
            <Credits programmes={summary.ledger.programmes} run={nameOf(runs, index)} />
          </section>
        ) : null,
      )}
    </>
  );
}

function TakenBack({ runs }: { runs: Run[] }) {
  const words = text.value;
  const all = runs.map(({ summary }) => summary.ledger?.taken_back);
  const figures = namesOf(all).map((key): Figure => ({
    name: words.takenBacks[key] ?? key,
    values: all.map((one) => one?.[key]),
    show: (value) => number(value, 1),
  }));
  return (
    <section>
      <h2>{words.takenBack}</h2>
      <FigureTable caption={words.takenBack} figures={figures} runs={runs} />
    </section>
  );
}

function Loans({ loans, run }: { loans: LedgerPart['loans']; run: string }) {
  const words = text.value;
  const matrix = matrixOf(
    loans.map(({ lender, borrower, gpu_hours }) => ({
      lender: lender || null,
      borrower: borrower || null,
      hours: gpu_hours,
    })),
  );
  const columns: Column<LedgerPart['loans'][number]>[] = [
    { name: words.lender, cell: ({ lender }) => <Party name={lender || null} /> },
    { name: words.borrower, cell: ({ borrower }) => <Party name={borrower || null} /> },
    { name: words.reclaims, isNumber: true, cell: ({ reclaims }) => number(reclaims) },
    { name: words.late, isNumber: true, cell: ({ late }) => <span class={late > 0 ? 'bad' : ''}>{number(late)}</span> },
    { name: words.longest, isNumber: true, cell: ({ longest_reclaim_s: longest }) => duration(longest ?? 0) },
  ];
  const reclaimed = loans.filter(({ reclaims }) => reclaims > 0);
  return (
    <div class="loans">
      <h3>{words.loans}</h3>
      {loans.length === 0 ? (
        <p class="quiet">{words.noLoans}</p>
      ) : (
        <>
          <MatrixTable of={matrix} label={`${words.loans}, ${run}`} />
          <NetTable of={matrix} label={`${words.balance}, ${run}`} />
        </>
      )}
      {reclaimed.length > 0 && (
        <details>
          <summary>{words.reclaims}</summary>
          <Table
            caption={`${words.reclaims}, ${run}`}
            columns={columns}
            rows={reclaimed}
            keyOf={({ lender, borrower }) => `${lender} ${borrower}`}
          />
        </details>
      )}
    </div>
  );
}

function Credits({ programmes, run }: { programmes: LedgerPart['programmes']; run: string }) {
  const words = text.value;
  type Row = LedgerPart['programmes'][number];
  const amount = (name: string, key: Exclude<keyof Row, 'programme'>): Column<Row> => ({
    name,
    isNumber: true,
    cell: (row) => number(row[key], 0),
  });
  const columns: Column<Row>[] = [
    { name: words.name, cell: ({ programme }) => <span class="name">{programme}</span> },
    amount(words.grants, 'grants'),
    amount(words.awarded, 'awarded'),
    amount(words.charged, 'charged'),
    amount(words.waived, 'waived'),
    amount(words.borrowed, 'borrowed'),
    amount(words.lapsed, 'lapsed'),
    amount(words.reduced, 'reduced'),
  ];
  return (
    <>
      <h3>{words.ledger}</h3>
      <Table
        caption={`${words.ledger}, ${run}`}
        columns={columns}
        rows={programmes}
        keyOf={({ programme }) => programme}
      />
    </>
  );
}
