// The matrix of loans with shaded cells, and the net of each.
import { number } from '../../i18n/format.ts';
import { tenantHref } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import type { Matrix, Net } from './matrix.ts';
import { text } from './text.ts';
import './owners.css';

interface Props {
  of: Matrix;
  label: string;
  isLinked?: boolean; // owners have pages here
}

export const hours = (value: number) => number(value === 0 ? 0 : value, Math.abs(value) < 10 ? 2 : 0);

export function Party({ name, isLinked }: { name: string | null; isLinked?: boolean | undefined }) {
  if (!name) return <span class="quiet">{text.value.nobody}</span>;
  return isLinked ? (
    <a class="name" href={tenantHref(name)}>
      {name}
    </a>
  ) : (
    <span class="name">{name}</span>
  );
}

export function MatrixTable({ of, label, isLinked }: Props) {
  const words = text.value;
  const heat = (value: number) => ({ '--heat': `${Math.round((100 * value) / (of.largest || 1))}%` });
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table class="matrix">
        <caption>{words.matrixNote}</caption>
        <thead>
          <tr>
            <th scope="col">
              {words.lender} ↓ {words.borrower} →
            </th>
            {of.borrowers.map((party) => (
              <th key={party ?? ''} scope="col" class="num">
                <Party name={party} isLinked={isLinked} />
              </th>
            ))}
            <th scope="col" class="num">
              {words.lent}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.lenders.map((lender, row) => (
            <tr key={lender ?? ''}>
              <th scope="row">
                <Party name={lender} isLinked={isLinked} />
              </th>
              {of.cells[row]!.map((value, column) => (
                <td key={column} class={`num ${value > 0 ? 'heat' : 'quiet'}`} style={heat(value)}>
                  {value > 0 ? hours(value) : '·'}
                </td>
              ))}
              <td class="num sum">{hours(of.lent[row]!)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.borrowed}</th>
            {of.borrowed.map((value, column) => (
              <td key={column} class="num sum">
                {hours(value)}
              </td>
            ))}
            <td class="num sum">{hours(of.sum)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

export function NetTable({ of, label, isLinked }: Props) {
  const words = text.value;
  const most = Math.max(1e-9, ...of.net.map(({ net }) => Math.abs(net)));
  const total: Net = of.net.reduce(
    (sum, { lent, borrowed, net }) => ({
      party: null,
      lent: sum.lent + lent,
      borrowed: sum.borrowed + borrowed,
      net: sum.net + net,
    }),
    { party: null, lent: 0, borrowed: 0, net: 0 },
  );
  const isTotal = (row: Net) => row === total;
  const columns: Column<Net>[] = [
    {
      name: words.owner,
      cell: (row) => (isTotal(row) ? <strong>{words.all}</strong> : <Party name={row.party} isLinked={isLinked} />),
    },
    { name: words.lent, isNumber: true, cell: ({ lent }) => hours(lent) },
    { name: words.borrowed, isNumber: true, cell: ({ borrowed }) => hours(borrowed) },
    { name: words.net, isNumber: true, cell: (row) => signed(isTotal(row) ? rounded(row.net, total.lent) : row.net) },
    { name: words.balance, cell: (row) => !isTotal(row) && <Diverging part={row.net / most} /> },
  ];
  return (
    <div class="net">
      <Table
        caption={label}
        columns={columns}
        rows={[...of.net, total]}
        keyOf={(row) => (isTotal(row) ? ' ' : (row.party ?? ''))}
      />
    </div>
  );
}

// What is left of adding floating numbers is no hour.
const rounded = (net: number, size: number) => (Math.abs(net) <= size * 1e-9 ? 0 : net);

function signed(value: number): string {
  const shown = hours(value);
  return value > 0 && shown !== '0' ? `+${shown}` : shown.replace(/^-0$/, '0');
}

// To the right what is lent, to the left what is borrowed.
function Diverging({ part }: { part: number }) {
  const width = `${50 * Math.abs(part)}%`;
  return (
    <div class="diverging" aria-hidden="true">
      <i class={part < 0 ? 'borrows' : ''} style={part < 0 ? { right: '50%', width } : { left: '50%', width }} />
    </div>
  );
}
