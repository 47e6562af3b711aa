// A table whose columns know how to show a row, and of which some can be sorted by.
import type { ComponentChildren } from 'preact';
import { common } from '../i18n/common.ts';

export interface Column<Row> {
  name: string; // as shown; also the key
  cell: (row: Row) => ComponentChildren;
  isNumber?: boolean;
  look?: string; // a class of its cells
  sort?: string; // what `onSort` is told; absent: cannot be sorted by
}

interface Props<Row> {
  caption: string;
  look?: string; // a class of its own
  columns: (Column<Row> | false)[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  sort?: string; // the column's `sort` by which rows are ordered
  onSort?: (sort: string) => void;
}

export function Table<Row>({ caption, look, columns: wanted, rows, keyOf, sort, onSort }: Props<Row>) {
  const columns = wanted.filter((column) => column !== false);
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table class={look}>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                class={classOf(column)}
                aria-sort={column.sort && column.sort === sort ? 'descending' : undefined}
              >
                {column.sort && onSort ? (
                  <button onClick={() => onSort(column.sort!)}>
                    {column.name}
                    {column.sort === sort ? ' ▾' : ''}
                  </button>
                ) : (
                  column.name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} class={classOf(column)} data-name={column.name}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length} class="quiet">
                {common.value.nothing}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const classOf = ({ isNumber, look }: Pick<Column<never>, 'isNumber' | 'look'>) =>
  [isNumber && 'num', look].filter(Boolean).join(' ');
