// Jobs, a page of them at a time: the server filters, searches and sorts.
import './queue.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../../api/client.ts';
import type { Job, JobList } from '../../api/job.ts';
import type { PageProps } from '../../app/pages.tsx';
import { isWithin } from '../../api/tenant_path.ts';
import { query, setQuery } from '../../app/router.ts';
import { CancelJob } from '../../jobs/cancel.tsx';
import { heard } from '../../live/now.ts';
import { onState, picture } from '../../live/live.ts';
import { jobStates, type State } from '../../live/protocol.ts';
import { useFetched } from '../../live/fetched.ts';
import { Paging } from '../../ui/paging.tsx';
import { Part } from '../../ui/part.tsx';
import { apiStates, Filters, type Filter, readFilter } from './filters.tsx';
import { Rows } from './rows.tsx';
import { text } from './text.ts';

const perPage = 50;

const read = (filter: Filter) => (signal: AbortSignal) =>
  get<JobList>(
    '/v1/jobs',
    {
      state: apiStates[filter.shown],
      tenant: filter.tenant,
      user: filter.user,
      search: filter.search,
      array: filter.array,
      sort: filter.order === 'oldest' ? '' : filter.order,
      cursor: filter.cursor,
      limit: perPage,
    },
    signal,
  ).then((list) => {
    heard(list.now);
    return list;
  });

// How many jobs the stream has named that are newer than what was there when the page was last read.
function useFresh(filter: Filter, turn: unknown): number {
  const newest = useRef(Infinity); // until the first answer
  const ids = useRef(new Set<number>());
  const [count, setCount] = useState(0);
  useEffect(() => {
    get<JobList>('/v1/jobs', { sort: 'newest', limit: 1 }).then(
      ({ jobs }) => (newest.current = jobs[0]?.id ?? 0),
      () => undefined, // nothing is new then
    );
  }, []);
  useEffect(() => {
    for (const id of ids.current) newest.current = Math.max(newest.current, id); // more than a call may have arguments
    ids.current.clear();
    setCount(0);
  }, [turn]);
  useEffect(
    () =>
      onState((state, now) => {
        if (state.whole || filter.cursor || filter.array || filter.shown === 'ended') return;
        for (const [id, tenant, , at] of state.jobs) {
          if (id <= newest.current) continue;
          if (isShown(filter, jobStates[at]!, now.estate.tenants[tenant]?.path)) ids.current.add(id);
          else ids.current.delete(id);
        }
        setCount(ids.current.size);
      }),
    [filter.shown, filter.tenant, filter.cursor, filter.array],
  );
  return count;
}

function isShown(filter: Filter, state: string, tenant: string | undefined): boolean {
  const states = apiStates[filter.shown];
  if (states ? !states.split(',').includes(state) : state === 'ended') return false;
  return !filter.tenant || (tenant !== undefined && isWithin(tenant, filter.tenant));
}

// A page that has room takes new jobs as they come.
function concerns(list: JobList | null, filter: Filter): (state: State) => boolean {
  const ids = new Set(list?.jobs.map((job) => job.id));
  const hasRoom = list !== null && list.next === null && list.jobs.length < perPage;
  return (state) =>
    state.jobs.some((row) => {
      if (ids.has(row[0])) return true;
      const tenant = picture.peek()?.estate.tenants[row[1]]?.path;
      return hasRoom && isShown(filter, jobStates[row[3]]!, tenant);
    });
}

export function Page(_: PageProps) {
  const words = text.value;
  const filter = readFilter();
  const key = JSON.stringify(filter);
  const latest = useRef<JobList | null>(null);
  const isCostly = filter.search !== '' || filter.order !== 'oldest';
  const fetched = useFetched(
    key,
    read(filter),
    (state) => concerns(latest.current, filter)(state),
    isCostly ? 5000 : 1000,
  );
  const { body, isLoading, again } = fetched;
  if (body) latest.current = body; // and stays while the next comes
  const list = body ?? latest.current;
  const fresh = useFresh(filter, body);
  const [toCancel, setToCancel] = useState<Job | null>(null);
  return (
    <>
      <div class="head">
        <h1>{words.pages.queue}</h1>
        {fresh > 0 && (
          <button class="chip fresh" onClick={again}>
            {words.fresh(fresh)}
          </button>
        )}
      </div>
      <Filters filter={filter} />
      <Part of={{ ...fetched, body: list }} who={words.mayNotSee}>
        {({ jobs }) => (
          <div class={isLoading && !body ? 'waits' : ''} aria-busy={isLoading && !body}>
            {jobs.length > 0 ? <Rows jobs={jobs} shown={filter.shown} onCancel={setToCancel} /> : <Empty />}
          </div>
        )}
      </Part>
      <Paging next={list?.next ?? null} />
      {toCancel && <CancelJob job={toCancel} done={again} onClose={() => setToCancel(null)} />}
    </>
  );
}

function Empty() {
  const words = text.value;
  const names = [...query.value.keys()];
  return (
    <div class="notice">
      <p>{words.noJobs}</p>
      {names.length > 0 ? (
        <button onClick={() => setQuery(Object.fromEntries(names.map((name) => [name, null])))}>{words.clear}</button>
      ) : (
        <p class="quiet">{words.mayNotSee}</p>
      )}
    </div>
  );
}
