// The nodes that are searched for, a hundred at a time.
import { get } from '../../api/client.ts';
import { query, setQuery } from '../../app/router.ts';
import { number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { picture } from '../../live/live.ts';
import type { State } from '../../live/protocol.ts';
import { Choice, optionsOf } from '../../ui/choice.tsx';
import { JobLinks, NodeLink } from '../../ui/links.tsx';
import { Paging } from '../../ui/paging.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { NodeDeeds } from './deeds.tsx';
import { NodeState } from './state.tsx';
import { text } from './text.ts';
import type { Node, Nodes } from './types.ts';
import { Windows } from './windows.tsx';

const perPage = 100;
const jobsShown = 6;

export function All() {
  const wanted = Object.fromEntries(
    ['pool', 'state', 'search', 'cursor'].map((name) => [name, query.value.get(name) ?? '']),
  );
  const nodes = useFetched(
    JSON.stringify(wanted),
    (signal) => get<Nodes>('/v1/nodes', { ...wanted, limit: perPage }, signal),
    (state: State) => state.nodes.length > 0,
    3000,
  );
  return (
    <>
      <h1>{text.value.pages.nodes}</h1>
      <Filters />
      <Part of={nodes} who={text.value.who}>
        {(body) => <NodeTable nodes={body.nodes} again={nodes.again} />}
      </Part>
      <Paging next={nodes.body?.next ?? null} />
      <Windows />
    </>
  );
}

// Whatever is chosen, the first page of it is shown.
const choose = (name: string) => (value: string) => setQuery({ [name]: value, cursor: null });

function Filters() {
  const words = text.value;
  const pools = picture.value?.estate.pools.map(({ path }) => path) ?? [];
  const chosen = (name: string) => query.value.get(name) ?? '';
  const pool = chosen('pool');
  return (
    <div class="row">
      <label>
        {words.search}
        <input
          type="search"
          value={chosen('search')}
          onInput={(event) => choose('search')(event.currentTarget.value)}
        />
      </label>
      <Choice
        label={words.state}
        value={chosen('state')}
        options={Object.entries(words.states)}
        set={choose('state')}
      />
      {(pools.length > 1 || pool) && (
        <Choice label={words.pool} value={pool} options={optionsOf(pools, words.all, pool)} set={choose('pool')} />
      )}
      <a class="button" href="#windows">
        {words.windows}
      </a>
    </div>
  );
}

function NodeTable({ nodes, again }: { nodes: Node[]; again: () => void }) {
  const words = text.value;
  const columns: Column<Node>[] = [
    { name: words.node, cell: ({ name }) => <NodeLink name={name} /> },
    { name: words.pool, cell: ({ pool }) => <span class="name">{pool}</span> },
    { name: words.state, cell: (node) => <NodeState node={node} /> },
    {
      name: words.heldIn(words.gpus),
      isNumber: true,
      cell: ({ gpus, gpus_held: held }) => gpus !== undefined && words.of(number(held ?? 0, 2), number(gpus)),
    },
    {
      name: words.heldIn(words.unit.CPUs!),
      isNumber: true,
      cell: ({ cpus, cpus_held: held }) => cpus !== undefined && words.of(number(held ?? 0, 1), number(cpus)),
    },
    { name: words.jobs, cell: ({ jobs }) => <Jobs jobs={jobs} /> },
    { name: words.deed, cell: (node) => <NodeDeeds node={node} done={again} /> },
  ];
  return <Table caption={words.nodes} columns={columns} rows={nodes} keyOf={({ name }) => name} />;
}

function Jobs({ jobs }: { jobs: number[] }) {
  const rest = jobs.length - jobsShown;
  return (
    <>
      <JobLinks jobs={jobs.slice(0, jobsShown)} />
      {rest > 0 && <span class="quiet"> {text.value.more(number(rest))}</span>}
    </>
  );
}
