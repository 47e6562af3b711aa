// Who owns what, who uses it, and who lent to whom.
import type { PageProps } from '../../app/pages.tsx';
import { query, setQuery } from '../../app/router.ts';
import { Choice, type Option, optionsOf } from '../../ui/choice.tsx';
import { Part } from '../../ui/part.tsx';
import { Lines, type LoanLine } from './lines.tsx';
import { useMoving } from '../../ledger/read.ts';
import { matrixOf } from '../../ledger/matrix.ts';
import { MatrixTable, NetTable } from '../../ledger/matrix_table.tsx';
import { Shares } from './shares.tsx';
import { text } from './text.ts';

export function Page(_: PageProps) {
  const words = text.value;
  const loans = useMoving<{ loans: LoanLine[] }>('/v1/loans', {}, 30_000);
  return (
    <>
      <h1>{words.pages.owners}</h1>
      <h2>{words.now}</h2>
      <Shares />
      <h2>{words.loans}</h2>
      <Part of={loans} who={words.who}>
        {(body) => (body.loans.length === 0 ? <p class="quiet">{words.noRates}</p> : <Chosen loans={body.loans} />)}
      </Part>
    </>
  );
}

function Chosen({ loans }: { loans: LoanLine[] }) {
  const words = text.value;
  const months = [...new Set(loans.map(({ month }) => month))].sort().reverse();
  const pools = [...new Set(loans.map(({ pool }) => pool))].sort();
  const month = query.value.get('month') ?? months[0]!;
  const pool = query.value.get('pool') ?? '';
  const chosen = loans.filter((loan) => (month === 'all' || loan.month === month) && (!pool || loan.pool === pool));
  const matrix = matrixOf(chosen);
  return (
    <>
      <div class="row">
        <Choice
          label={words.month}
          value={month}
          options={[['all', words.all], ...months.map((one): Option => [one, one])]}
          set={(month) => setQuery({ month })}
        />
        <Choice
          label={words.pool}
          value={pool}
          options={optionsOf(pools, words.all, pool)}
          set={(pool) => setQuery({ pool })}
        />
      </div>
      {chosen.length === 0 ? (
        <p class="quiet">{words.noLoans}</p>
      ) : (
        <>
          <h3>{words.matrix}</h3>
          <MatrixTable of={matrix} label={words.matrix} isLinked />
          <h3>{words.net}</h3>
          <NetTable of={matrix} label={words.net} isLinked />
          <Lines loans={chosen} />
        </>
      )}
    </>
  );
}
