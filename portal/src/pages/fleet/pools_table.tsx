// The map as a table: pools, and what of each is in use.
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import type { Picture } from '../../live/picture.ts';
import { toText } from '../../map/place.ts';
import type { Tally } from '../../map/tally.ts';
import { Table, type Column } from '../../ui/table.tsx';
import { show } from './address.ts';
import { text } from './text.ts';

interface Row extends Tally {
  index: number;
}

export function PoolsTable({
  picture,
  all,
  seesNodes,
}: {
  picture: Picture;
  all: readonly Tally[];
  seesNodes: boolean;
}) {
  const words = text.value;
  const { estate } = picture;
  const count = (name: string, of: (row: Row) => number): Column<Row> => ({
    name,
    cell: (row) => number(of(row)),
    isNumber: true,
  });
  const go = ({ index }: Row) => show({ at: toText(estate, [estate.pools[index]!.site, index]), isTable: false });
  const columns: Column<Row>[] = [
    {
      name: common.value.pool,
      cell: (row) => (
        <button class="plain" onClick={() => go(row)}>
          {estate.pools[row.index]!.path}
        </button>
      ),
    },
    { name: words.model, cell: ({ index }) => estate.pools[index]!.gpu_model ?? 'CPU' },
    count(words.nodes, (row) => row.nodes),
    {
      name: words.total,
      cell: ({ index, cells }) => (estate.pools[index]!.unit === 'CPUs' ? '–' : number(cells)),
      isNumber: true,
    },
    count(seesNodes ? words.inUse : words.yours, (row) => row.held),
  ];
  if (seesNodes) {
    columns.push(
      count(words.idle, (row) => row.idle),
      count(words.failed, (row) => row.failed),
      count(words.drained, (row) => row.drained),
      count(words.lost, (row) => row.lost),
    );
  }
  const rows = all.map((tally, index) => ({ ...tally, index }));
  const hasCpus = estate.pools.some(({ unit }) => unit === 'CPUs');
  return (
    <>
      <Table caption={words.poolTable} columns={columns} rows={rows} keyOf={({ index }) => index} />
      {hasCpus && <p class="quiet note">{words.cpuNote}</p>}
    </>
  );
}
