// Jobs, a page of them at a time: the server filters, searches and sorts.
import '../../jobs/jobs.css';
import './queue.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { change } from '../../api/change.ts';
import { get } from '../../api/client.ts';
import type { Job, JobList } from '../../api/job.ts';
import type { PageProps } from '../../app/pages.tsx';
import { go, query, setQuery } from '../../app/router.ts';
import { common } from '../../i18n/common.ts';
import { Confirm } from '../../jobs/confirm.tsx';
import { heard } from '../../jobs/now.ts';
import { jobWords } from '../../jobs/text.ts';
import { onState, picture } from '../../live/live.ts';
import { jobStates, type State } from '../../live/protocol.ts';
import { useFetched } from '../../live/fetched.ts';
import { Loading, Trouble } from '../../ui/trouble.tsx';
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
  return !filter.tenant || tenant === filter.tenant || (tenant?.startsWith(`${filter.tenant}/`) ?? false);
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

function Paging({ list, filter, trail }: { list: JobList; filter: Filter; trail: string[] }) {
  const words = text.value;
  if (!list.next && !filter.cursor) return null;
  const to = (cursor: string) => {
    const next = new URLSearchParams(query.value);
    if (cursor) next.set('cursor', cursor);
    else next.delete('cursor');
    go(`/queue${next.size > 0 ? `?${next}` : ''}`);
    scrollTo(0, 0);
  };
  return (
    <nav class="row" aria-label={words.paging}>
      {filter.cursor && <button onClick={() => to('')}>{words.first}</button>}
      {filter.cursor && trail.length > 1 && <button onClick={() => to(trail.pop()!)}>{words.previous}</button>}
      {list.next && (
        <button
          onClick={() => {
            trail.push(filter.cursor);
            to(list.next!);
          }}
        >
          {words.next}
        </button>
      )}
    </nav>
  );
}

export function Page(_: PageProps) {
  const words = text.value;
  const filter = readFilter();
  const key = JSON.stringify(filter);
  const latest = useRef<JobList | null>(null);
  const trail = useRef<string[]>([]); // cursors of the pages before this one
  if (!filter.cursor) trail.current = [];
  if (trail.current.at(-1) === filter.cursor) trail.current.pop(); // the browser went back
  const isCostly = filter.search !== '' || filter.order !== 'oldest';
  const { body, problem, isLoading, again } = useFetched(
    key,
    read(filter),
    (state) => concerns(latest.current, filter)(state),
    isCostly ? 5000 : 1000,
  );
  if (body) latest.current = body; // and stays while the next comes
  const list = body ?? latest.current;
  const fresh = useFresh(filter, body);
  const [toCancel, setToCancel] = useState<Job | null>(null);
  const isEmpty = list?.jobs.length === 0;
  return (
    <>
      <div class="head">
        <h1>{common.value.pages.queue}</h1>
        {fresh > 0 && (
          <button class="chip fresh" onClick={again}>
            {words.fresh(fresh)}
          </button>
        )}
      </div>
      <Filters filter={filter} />
      {problem && (
        <>
          <Trouble problem={problem} again={again} />
          {problem.status === 403 && <p class="quiet">{jobWords.value.mayNotSee}</p>}
        </>
      )}
      {!list && isLoading && <Loading />}
      {list && !problem && (
        <div class={isLoading && !body ? 'waits' : ''} aria-busy={isLoading && !body}>
          {isEmpty ? (
            <div class="notice">
              <p>{words.nothing}</p>
              {query.value.size > 0 ? (
                <button
                  onClick={() => setQuery(Object.fromEntries([...query.value.keys()].map((name) => [name, null])))}
                >
                  {words.clear}
                </button>
              ) : (
                <p class="quiet">{jobWords.value.mayNotSee}</p>
              )}
            </div>
          ) : (
            <Rows jobs={list.jobs} shown={filter.shown} onCancel={setToCancel} />
          )}
          <Paging list={list} filter={filter} trail={trail.current} />
        </div>
      )}
      {toCancel && (
        <Confirm
          title={jobWords.value.cancelJob}
          yes={jobWords.value.cancelJob}
          no={jobWords.value.keep}
          isBad
          perform={(key) => change(`/v1/jobs/${toCancel.id}/cancel`, { key })}
          onDone={again}
          onClose={() => setToCancel(null)}
        >
          <p>
            <strong>
              {toCancel.id} {toCancel.name}
            </strong>
          </p>
          <p>{jobWords.value.cancelQuestion}</p>
        </Confirm>
      )}
    </>
  );
}
