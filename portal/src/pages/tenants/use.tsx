// What a tenant has used so far, and what of it was lost.
import { number } from '../../i18n/format.ts';
import { useMoving } from '../../ledger/read.ts';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { text } from './text.ts';
import type { Harm, Use } from './types.ts';

interface Usage {
  tenants: { path: string; pools: Use[] }[];
}

export function Used({ path }: { path: string }) {
  const words = text.value;
  const usage = useMoving<Usage>('/v1/usage', { tenant: path });
  const columns: Column<Use>[] = [
    { name: words.pool, cell: ({ pool }) => <span class="name">{pool}</span> },
    { name: words.hours, isNumber: true, cell: ({ hours, unit }) => words.hoursOf(number(hours, 1), unit) },
    { name: words.ended, isNumber: true, cell: ({ jobs_ended }) => number(jobs_ended) },
    { name: words.lostEvicted, isNumber: true, cell: ({ lost, unit }) => <Lost harm={lost.evicted} unit={unit} /> },
    { name: words.lostFaults, isNumber: true, cell: ({ lost, unit }) => <Lost harm={lost.node_lost} unit={unit} /> },
  ];
  return (
    <section>
      <h2>{words.used}</h2>
      <Part of={usage} who={words.who}>
        {({ tenants }) => (
          <Table
            caption={words.used}
            columns={columns}
            rows={tenants.find((tenant) => tenant.path === path)?.pools ?? []}
            keyOf={({ pool }) => pool}
          />
        )}
      </Part>
    </section>
  );
}

// `2.5 GPU h (3×)`, then each cause alike.
function Lost({ harm, unit }: { harm: Harm; unit: string }) {
  const words = text.value;
  if (harm.times === 0) return <span class="quiet">0</span>;
  const shown = ({ hours, times }: Harm) => `${words.hoursOf(number(hours, 1), unit)} (${number(times)}×)`;
  return (
    <>
      {shown(harm)}
      {Object.entries(harm.by_cause ?? {}).map(([cause, part]) => (
        <div key={cause} class="quiet small">
          {words.causes[cause] ?? cause}: {shown(part)}
        </div>
      ))}
    </>
  );
}
