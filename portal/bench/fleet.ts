// The portal with a made-up nation instead of a server: `npm run dev`, then /bench/fleet.html?role=member&changes=1000.
import type { Estate, State } from '../src/live/protocol.ts';
import { nationalEstate, Work } from '../test/estate.ts';

const asked = new URLSearchParams(location.search);
const role = asked.get('role') ?? 'operator';
const each = Number(asked.get('changes') ?? 1000) / 2; // two states a second
const isSmall = asked.has('small');
const estate = nationalEstate(
  isSmall
    ? [
        ['local/gpu', 'T4', 2, 4, 2, 1],
        ['local/cpu', '', 1, 0, 1, 1],
      ]
    : undefined,
);
const work = new Work(estate);
const whole = work.whole();
const changes = Array.from({ length: 120 }, () => JSON.stringify(seenBy(work.change(each))));

// Members see pools and the jobs of one tenant; guests neither.
function seenBy(state: State): State {
  if (role === 'operator') return state;
  const isMine = (tenant: number) => role === 'member' && tenant >= 7 && tenant < 14;
  const mine = new Set(
    [...(state.whole ? state.jobs : whole.jobs), ...state.jobs].filter((row) => isMine(row[1])).map((row) => row[0]),
  );
  const nodes = state.nodes.flatMap((row): State['nodes'] => {
    const isSeen = mine.has(Number(row[3]));
    if (!isSeen && state.whole) return [];
    return [isSeen ? [row[0], 0, 0, ...row.slice(3)] : [row[0], 0, 0]];
  });
  return {
    ...state,
    nodes,
    jobs: state.jobs.filter((row) => mine.has(row[0])),
    use: state.use.filter((row) => isMine(row[0])),
  };
}

class MadeUp extends EventTarget {
  onerror: unknown = null;
  private readonly timer: ReturnType<typeof setInterval>;
  constructor() {
    super();
    const seen: Estate = role === 'guest' ? { ...estate, sites: [], pools: [] } : estate;
    setTimeout(() => this.say('estate', JSON.stringify(seen)), 20);
    setTimeout(() => this.say('state', JSON.stringify(seenBy(whole))), 40);
    let next = 0;
    this.timer = setInterval(() => this.say(next < changes.length ? 'state' : 'beat', changes[next++] ?? '{}'), 500);
  }
  close(): void {
    clearInterval(this.timer);
  }
  private say(name: string, data: string): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}

function answer(path: string): unknown {
  if (path.startsWith('/v1/server')) {
    return {
      version: '0',
      started: '',
      sequence: 1,
      user: 'kim',
      grants: [{ role, ...(role === 'operator' ? {} : { tenant: 'naver' }) }],
    };
  }
  const row = whole.jobs.find(([id]) => `/v1/jobs/${id}` === path);
  if (!row) return { detail: 'there is no such job' };
  return {
    id: row[0],
    name: row[5],
    user: row[4],
    tenant: estate.tenants[row[1]]!.path,
    state: 'running',
    started: '2026-11-27T06:12:00Z',
  };
}

Object.assign(globalThis, {
  EventSource: MadeUp,
  SharedWorker: undefined,
  fetch: async (path: string) =>
    new Response(JSON.stringify(answer(path)), { status: 'detail' in (answer(path) as object) ? 404 : 200 }),
});
asked.delete('role');
history.replaceState(null, '', `/?${asked}`);
await import('../src/main.tsx');
