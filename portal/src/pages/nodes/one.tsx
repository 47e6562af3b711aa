// One node: its health, its devices, and the jobs on them.
import { get, Problem } from '../../api/client.ts';
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { picture, version } from '../../live/live.ts';
import { Figures } from '../../ui/figures.tsx';
import { JobLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { NodeDeeds } from './deeds.tsx';
import { findNode, slotsOf, type Slot } from './devices.ts';
import { NodeState } from './state.tsx';
import { text } from './text.ts';
import type { Node } from './types.ts';
import { useMemo } from 'preact/hooks';

export function One({ name }: { name: string }) {
  const words = text.value;
  const node = useFetched(
    name,
    (signal) => get<Node>(`/v1/nodes/${encodeURIComponent(name)}`, {}, signal),
    (state) => state.nodes.length > 0,
    3000,
  );
  const all = common.value.pages.nodes;
  return (
    <>
      <nav class="crumbs" aria-label={all}>
        <a href="/nodes">{all}</a>
      </nav>
      <h1 class="name">{name}</h1>
      <Part of={node} who={node.problem instanceof Problem && node.problem.status === 404 ? words.unknown : words.who}>
        {(body) => <Known node={body} again={node.again} />}
      </Part>
    </>
  );
}

function Known({ node, again }: { node: Node; again: () => void }) {
  const words = text.value;
  version.value;
  const now = picture.value;
  const place = useMemo(() => now && findNode(now, node.pool, node.name), [now, node.pool, node.name]);
  const gibibytes = (mib: number) => `${number(mib / 1024, 1)} GiB`;
  return (
    <>
      <p>
        <NodeState node={node} />
      </p>
      <div class="deeds">
        <NodeDeeds node={node} done={again} />
      </div>
      <Figures
        of={[
          [words.pool, <a href={`/nodes?pool=${encodeURIComponent(node.pool)}`}>{node.pool}</a>],
          node.gpus !== undefined && [words.gpus, words.of(number(node.gpus_held ?? 0, 3), number(node.gpus))],
          node.cpus !== undefined && [words.cpus, words.of(number(node.cpus_held ?? 0, 2), number(node.cpus))],
          node.memory_mib !== undefined && [
            words.memory,
            words.of(gibibytes(node.memory_held_mib ?? 0), gibibytes(node.memory_mib)),
          ],
        ]}
      />
      {(node.gpus ?? 0) > 0 && (
        <>
          <h2>{words.devices}</h2>
          <Devices slots={slotsOf(node, now, place)} />
        </>
      )}
      <h2>{words.jobs}</h2>
      {node.jobs.length === 0 ? (
        <p class="quiet">{common.value.none}</p>
      ) : (
        <p>
          {node.jobs.map((job, index) => (
            <>
              {index > 0 && ', '}
              <JobLink job={job} />
            </>
          ))}
        </p>
      )}
    </>
  );
}

function Devices({ slots }: { slots: Slot[] }) {
  const words = text.value;
  const isTold = slots.some(({ job }) => job >= 0);
  const has = (key: 'model' | 'power_w' | 'temperature_c' | 'utilization_percent' | 'uuid') =>
    slots.some(({ facts }) => facts?.[key] !== undefined);
  const columns: (Column<Slot> | false)[] = [
    { name: words.device, cell: ({ index }) => index },
    has('model') && { name: words.model, cell: ({ facts }) => facts?.model },
    {
      name: words.health,
      cell: ({ isSick, facts }) => (
        <>
          <span class={`badge ${isSick ? 'bad' : ''}`}>{isSick ? words.sick : words.well}</span>
          {facts?.why_not && (
            <div class="quiet" lang="en">
              {facts.why_not}
            </div>
          )}
        </>
      ),
    },
    isTold && {
      name: words.job,
      cell: ({ job }) => (job > 0 ? <JobLink job={job} /> : <span class="quiet">{words.free}</span>),
    },
    isTold && { name: words.use, isNumber: true, cell: ({ held }) => number(held, 3) },
    has('power_w') && { name: words.power, isNumber: true, cell: ({ facts }) => unit(facts?.power_w, 'W') },
    has('temperature_c') && {
      name: words.temperature,
      isNumber: true,
      cell: ({ facts }) => unit(facts?.temperature_c, '°C'),
    },
    has('utilization_percent') && {
      name: words.utilization,
      isNumber: true,
      cell: ({ facts }) => unit(facts?.utilization_percent, '%'),
    },
    has('uuid') && { name: words.uuid, cell: ({ facts }) => <span class="mono">{facts?.uuid}</span> },
  ];
  return (
    <>
      <Table
        caption={words.devices}
        columns={columns.filter((column): column is Column<Slot> => column !== false)}
        rows={slots}
        keyOf={({ index }) => index}
      />
      {!isTold && <p class="quiet">{words.elsewhere}</p>}
    </>
  );
}

const unit = (value: number | undefined, name: string) => value !== undefined && `${number(value)} ${name}`;
