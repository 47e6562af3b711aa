// The nodes that are searched for, a hundred at a time.
import { get } from '../../api/client.ts';
import { go, path, query, setQuery } from '../../app/router.ts';
import { common } from '../../i18n/common.ts';
import { number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { picture } from '../../live/live.ts';
import type { State } from '../../live/protocol.ts';
import { JobLink, nodeHref } from '../../ui/links.tsx';
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
      <h1>{common.value.pages.nodes}</h1>
      <Filters />
      <Part of={nodes} who={text.value.who}>
        {(body) => (
          <>
            <NodeTable nodes={body.nodes} again={nodes.again} />
            <Pages next={body.next} />
          </>
        )}
      </Part>
      <Windows />
    </>
  );
}

// Whatever is chosen, the first page of it is shown.
const choose = (name: string) => (event: { currentTarget: { value: string } }) =>
  setQuery({ [name]: event.currentTarget.value, cursor: null });

function Filters() {
  const words = text.value;
  const pools = picture.value?.estate.pools.map((pool) => pool.path) ?? [];
  const pool = query.value.get('pool') ?? '';
  return (
    <div class="row">
      <label>
        {words.search}
        <input type="search" value={query.value.get('search') ?? ''} onInput={choose('search')} />
      </label>
      <label>
        {words.state}
        <select value={query.value.get('state') ?? ''} onChange={choose('state')}>
          {Object.entries(words.states).map(([state, name]) => (
            <option key={state} value={state}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {(pools.length > 1 || pool) && (
        <label>
          {words.pool}
          <select value={pool} onChange={choose('pool')}>
            <option value="">{words.allPools}</option>
            {(pools.includes(pool) || !pool ? pools : [pool, ...pools]).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
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
    {
      name: words.node,
      cell: ({ name }) => (
        <a class="name" href={nodeHref(name)}>
          {name}
        </a>
      ),
    },
    { name: words.pool, cell: ({ pool }) => <span class="name">{pool}</span> },
    { name: words.state, cell: (node) => <NodeState node={node} /> },
    {
      name: words.gpus,
      isNumber: true,
      cell: ({ gpus, gpus_held: held }) => gpus !== undefined && words.of(number(held ?? 0, 2), number(gpus)),
    },
    {
      name: words.cpus,
      isNumber: true,
      cell: ({ cpus, cpus_held: held }) => cpus !== undefined && words.of(number(held ?? 0, 1), number(cpus)),
    },
    { name: words.jobs, cell: ({ jobs }) => <Jobs jobs={jobs} /> },
    { name: words.deed, cell: (node) => <NodeDeeds node={node} done={again} /> },
  ];
  return <Table caption={words.nodes} columns={columns} rows={nodes} keyOf={({ name }) => name} />;
}

function Jobs({ jobs }: { jobs: number[] }) {
  const shown = jobs.slice(0, jobsShown);
  return (
    <>
      {shown.map((job, index) => (
        <>
          {index > 0 && ', '}
          <JobLink job={job} />
        </>
      ))}
      {jobs.length > shown.length && <span class="quiet"> {text.value.more(number(jobs.length - shown.length))}</span>}
    </>
  );
}

function Pages({ next }: { next: string | null }) {
  const words = text.value;
  const cursor = query.value.get('cursor');
  if (!next && !cursor) return null;
  const forward = () => {
    const to = new URLSearchParams(query.value);
    to.set('cursor', next!);
    go(`${path.value}?${to}`);
  };
  return (
    <div class="row">
      {cursor && <button onClick={() => setQuery({ cursor: null })}>{words.first}</button>}
      {next && <button onClick={forward}>{words.next}</button>}
    </div>
  );
}
