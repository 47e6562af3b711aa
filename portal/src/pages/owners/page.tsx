// Who owns what, who uses it, and who lent to whom.
import type { PageProps } from '../../app/pages.tsx';
import { query, setQuery } from '../../app/router.ts';
import { get } from '../../api/client.ts';
import { common } from '../../i18n/common.ts';
import { useFetched } from '../../live/fetched.ts';
import { Part } from '../../ui/part.tsx';
import { Lines, type LoanLine } from './lines.tsx';
import { matrixOf } from './matrix.ts';
import { MatrixTable, NetTable } from './matrix_table.tsx';
import { Shares } from './shares.tsx';
import { text } from './text.ts';

interface Loans {
  loans: LoanLine[];
}

export function Page(_: PageProps) {
  const words = text.value;
  const loans = useFetched(
    'loans',
    (signal) => get<Loans>('/v1/loans', {}, signal),
    (state) => state.use.length > 0,
    30_000,
  );
  return (
    <>
      <h1>{common.value.pages.owners}</h1>
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
        <label>
          {words.month}
          <select value={month} onChange={(event) => setQuery({ month: event.currentTarget.value })}>
            <option value="all">{words.allMonths}</option>
            {months.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          {words.pool}
          <select value={pool} onChange={(event) => setQuery({ pool: event.currentTarget.value })}>
            <option value="">{words.allPools}</option>
            {pools.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      {chosen.length === 0 ? (
        <p class="quiet">{words.noLoans}</p>
      ) : (
        <div class="loans">
          <h3>{words.matrix}</h3>
          <MatrixTable of={matrix} label={words.matrix} isLinked />
          <h3>{words.net}</h3>
          <NetTable of={matrix} label={words.net} isLinked />
          <Lines loans={chosen} />
        </div>
      )}
    </>
  );
}
