// What a tenant has used so far, and what of it was lost.
import { get } from '../../api/client.ts';
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { text } from './text.ts';
import type { Harm, Use } from './types.ts';

interface Usage {
  tenants: { path: string; pools: Use[] }[];
}

export function Used({ path }: { path: string }) {
  const words = text.value;
  const usage = useFetched(
    path,
    (signal) => get<Usage>('/v1/usage', { tenant: path }, signal),
    (state) => state.use.length > 0,
    10_000,
  );
  const columns: Column<Use>[] = [
    { name: words.pool, cell: ({ pool }) => <span class="name">{pool}</span> },
    { name: words.hours, isNumber: true, cell: ({ hours, unit }) => common.value.hoursOf(number(hours, 1), unit) },
    { name: words.ended, isNumber: true, cell: ({ jobs_ended }) => number(jobs_ended) },
    { name: words.lostEvicted, isNumber: true, cell: ({ lost }) => <Lost harm={lost.evicted} /> },
    { name: words.lostFaults, isNumber: true, cell: ({ lost }) => <Lost harm={lost.node_lost} /> },
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

function Lost({ harm }: { harm: Harm }) {
  const words = text.value;
  if (harm.times === 0) return <span class="quiet">0</span>;
  const causes = Object.entries(harm.by_cause ?? {});
  return (
    <>
      {number(harm.hours, 1)} <span class="quiet">({words.times(number(harm.times))})</span>
      {causes.map(([cause, part]) => (
        <div key={cause} class="quiet">
          {words.causes[cause] ?? cause}: {number(part.hours, 1)} ({words.times(number(part.times))})
        </div>
      ))}
    </>
  );
}
