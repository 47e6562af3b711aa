// Loans one by one, with how fast they were taken back.
import { duration, number } from '../../i18n/format.ts';
import { Table, type Column } from '../../ui/table.tsx';
import type { Loan } from './matrix.ts';
import { hours, Party } from './matrix_table.tsx';
import { text } from './text.ts';

export interface LoanLine extends Loan {
  month: string;
  pool: string;
  reason: string;
  reclaims?: { times: number; late: number; promised_s: number; longest_s: number; mean_s: number };
}

export function Lines({ loans }: { loans: LoanLine[] }) {
  const words = text.value;
  const columns: Column<LoanLine>[] = [
    { name: words.month, cell: ({ month }) => <span class="short">{month}</span> },
    { name: words.pool, cell: ({ pool }) => <span class="name">{pool}</span> },
    { name: words.lender, cell: ({ lender }) => <Party name={lender} isLinked /> },
    { name: words.borrower, cell: ({ borrower }) => <Party name={borrower} isLinked /> },
    { name: words.reason, cell: ({ reason }) => words.reasons[reason] ?? reason },
    { name: words.hours, isNumber: true, cell: (loan) => hours(loan.hours) },
    { name: words.reclaims, isNumber: true, cell: ({ reclaims }) => number(reclaims?.times ?? 0) },
    {
      name: words.late,
      isNumber: true,
      cell: ({ reclaims }) => <span class={reclaims?.late ? 'bad' : ''}>{reclaims && number(reclaims.late)}</span>,
    },
    { name: words.promised, isNumber: true, cell: ({ reclaims }) => reclaims && duration(reclaims.promised_s) },
    { name: words.mean, isNumber: true, cell: ({ reclaims }) => reclaims && duration(reclaims.mean_s) },
    { name: words.longest, isNumber: true, cell: ({ reclaims }) => reclaims && duration(reclaims.longest_s) },
  ];
  return (
    <details>
      <summary>{words.byPool}</summary>
      <Table
        caption={words.byPool}
        columns={columns}
        rows={loans}
        keyOf={({ month, pool, lender, borrower, reason }) => [month, pool, lender, borrower, reason].join(' ')}
      />
    </details>
  );
}
