// Which jobs are shown, and in which order. All of it lies in the address.
import { useEffect, useState } from 'preact/hooks';
import { query, setQuery } from '../../app/router.ts';
import { hasRole, server } from '../../app/session.ts';
import { number } from '../../i18n/format.ts';
import { picture, version } from '../../live/live.ts';
import { useTenants } from '../../jobs/tenants.ts';
import { text } from './text.ts';

export const shownStates = ['all', 'waiting', 'running', 'held', 'ended'] as const;
export type Shown = (typeof shownStates)[number];

export const orders = ['oldest', 'newest', 'priority', 'largest', 'soonest'] as const;
export type Order = (typeof orders)[number];

// As the API calls them; all but ended without.
export const apiStates: Record<Shown, string> = {
  all: '',
  waiting: 'pending',
  running: 'starting,running,stopping',
  held: 'held',
  ended: 'ended',
};

const among = <Word extends string>(words: readonly Word[], word: string | null, first: Word): Word =>
  words.find((one) => one === word) ?? first;

export interface Filter {
  shown: Shown;
  tenant: string;
  user: string;
  search: string;
  array: string; // the number of its first job
  order: Order;
  cursor: string;
}

export function readFilter(): Filter {
  const given = query.value;
  const shown = among(shownStates, given.get('state'), 'all');
  const array = given.get('array') ?? '';
  return {
    shown,
    tenant: given.get('tenant') ?? '',
    user: given.get('user') ?? '',
    search: given.get('search') ?? '',
    array,
    // An array is listed from its first job on.
    order: array ? 'oldest' : among(orders, given.get('sort'), shown === 'ended' ? 'newest' : 'oldest'),
    cursor: given.get('cursor') ?? '',
  };
}

// What is shown begins anew with every change of the filter.
const set = (changes: Record<string, string | null>) => setQuery({ ...changes, cursor: null });

// Tells what was typed when the typing pauses.
function Typed(props: { label: string; name: string; value: string; place: string; isSearch?: boolean }) {
  const [typed, setTyped] = useState(props.value);
  useEffect(() => setTyped(props.value), [props.value]);
  useEffect(() => {
    if (typed === props.value) return;
    const timer = setTimeout(() => set({ [props.name]: typed.trim() || null }), 300);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class={props.isSearch ? 'search' : ''}>
      {props.label}
      <input
        type={props.isSearch ? 'search' : 'text'}
        value={typed}
        placeholder={props.place}
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </label>
  );
}

// How many wait and run in all; operators alone see all of them.
function counts(): Partial<Record<Shown, number>> {
  void version.value;
  const now = picture.value;
  return now && hasRole('operator') ? { waiting: now.pending, running: now.running } : {};
}

export function Filters({ filter }: { filter: Filter }) {
  const words = text.value;
  const tenants = useTenants();
  const me = server.value?.user ?? '';
  const inAll = counts();
  return (
    <>
      <div class="chips states" role="group" aria-label={words.state}>
        {shownStates.map((shown) => (
          <button
            key={shown}
            class="chip"
            aria-pressed={shown === filter.shown}
            onClick={() => set({ state: shown === 'all' ? null : shown, sort: null })}
          >
            {words.states[shown]}
            {inAll[shown] !== undefined && <span class="count">{number(inAll[shown])}</span>}
          </button>
        ))}
      </div>
      <div class="row filters">
        <Typed label={words.search} name="search" value={filter.search} place={words.searchPlace} isSearch />
        {tenants.length > 0 && (
          <label>
            {words.tenant}
            <select value={filter.tenant} onChange={(event) => set({ tenant: event.currentTarget.value || null })}>
              <option value="">{words.allTenants}</option>
              {tenants.map(({ path }) => (
                <option key={path} value={path}>
                  {path}
                </option>
              ))}
            </select>
          </label>
        )}
        {hasRole('member', 'owner', 'programme') && (
          <Typed label={words.user} name="user" value={filter.user} place={words.userPlace} />
        )}
        {hasRole('member', 'owner') && (
          <button
            class="chip"
            aria-pressed={filter.user === me}
            onClick={() => set({ user: filter.user === me ? null : me })}
          >
            {words.mine}
          </button>
        )}
        {filter.array && (
          <button class="chip" aria-pressed onClick={() => set({ array: null })}>
            {words.array(filter.array)} ×
          </button>
        )}
        {!filter.array && (
          <label class="order">
            {words.sort}
            <select value={filter.order} onChange={(event) => set({ sort: event.currentTarget.value })}>
              {orders.map((order) => (
                <option key={order} value={order}>
                  {words.sorts[order]}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </>
  );
}
