import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../src/live/picture.ts';
import type { Estate } from '../src/live/protocol.ts';
import { mayBeOfAbove, quotasNow, sumOf } from '../src/pages/tenants/quotas.ts';
import { seriesOf, type History } from '../src/pages/tenants/series.ts';
import { above, branches } from '../src/pages/tenants/tree.ts';
import type { Quota, Tenant } from '../src/pages/tenants/types.ts';

const quota = (pool: string, change: Partial<Quota> = {}): Quota => ({
  ...{ pool, unit: 'GPUs', guarantee: 0, limit: null, held: 0, borrowed: 0, running: 0, pending: 0 },
  ...change,
});
const tenant = (path: string, ...pools: Quota[]): Tenant => ({
  path,
  weight: 1,
  fairness: 'none',
  preempt: 'none',
  pools,
});

const names = ['a', 'a/b', 'a/b/c', 'a/d', 'e'].map((path) => ({ path }));
const open = () => true;

test('what lies above a path is told from the root on', () => {
  assert.deepEqual(above('a/b/c'), ['a', 'a/b']);
  assert.deepEqual(above('a'), []);
});

test('a closed branch hides all that is below it', () => {
  const rows = branches(names, (path) => path !== 'a/b');
  assert.deepEqual(
    rows.map(({ path, depth, isParent, isOpen }) => [path, depth, isParent, isOpen]),
    [
      ['a', 0, true, true],
      ['a/b', 1, true, false],
      ['a/d', 1, false, false],
      ['e', 0, false, false],
    ],
  );
});

test('who cannot see what lies above sees whole paths', () => {
  const rows = branches([{ path: 'a/b/c' }, { path: 'a/b/c/d' }], open);
  assert.deepEqual(
    rows.map(({ name, depth }) => [name, depth]),
    [
      ['a/b/c', 0],
      ['d', 1],
    ],
  );
});

test('a tenant whose parent is not to be seen hangs from the nearest above that is', () => {
  const rows = branches([{ path: 'a' }, { path: 'a/b/c' }], open);
  assert.deepEqual(
    rows.map(({ path, depth }) => [path, depth]),
    [
      ['a', 0],
      ['a/b/c', 1],
    ],
  );
});

test('a search shows what it finds and what is above, though closed', () => {
  const rows = branches(names, () => false, 'C');
  assert.deepEqual(
    rows.map(({ path }) => path),
    ['a', 'a/b', 'a/b/c'],
  );
});

test('a sum has a limit only where each pool of the choice has one', () => {
  const quotas = [quota('x', { limit: 4, guarantee: 2, held: 3 }), quota('y', { limit: 6, guarantee: 5, held: 1 })];
  assert.equal(sumOf(quotas, { unit: 'GPUs' }, 2).limit, 10);
  assert.equal(sumOf(quotas, { unit: 'GPUs' }, 3).limit, null);
  assert.equal(sumOf(quotas, { pool: 'x' }, 1).limit, 4);
  assert.equal(sumOf([], { unit: 'GPUs' }, 1).limit, null);
});

test('what is borrowed in one pool is not made up for by what is idle in another', () => {
  const quotas = [quota('x', { guarantee: 2, held: 3 }), quota('y', { guarantee: 5, held: 1 })];
  assert.equal(sumOf(quotas, { unit: 'GPUs' }, 2).borrowed, 1);
});

const estate: Estate = {
  version: 1,
  name: 'test',
  sites: [{ name: 'hall', engine: 'slurm' }],
  pools: ['hall/a', 'hall/b'].map((path, index) => ({
    ...{ path, site: 0, unit: 'GPUs' as const, gpus_per_node: 8, nodes: 1, first_node: index },
    ...{ nodes_per_rack: 1, racks_per_block: 1, blocks: 1, owners: [] },
  })),
  tenants: [{ path: 'a', parent: null, guarantees: [] }],
};

test('the picture has the last word on what is held; quotas that nobody stated come with use', () => {
  const picture = new Picture(estate);
  const state = { sequence: 1, now: '', pending: 0, running: 0, nodes: [], jobs: [] };
  picture.take({ ...state, whole: true, use: [[0, 1, 6, 2, 1]] });
  const [now] = quotasNow([tenant('a', quota('hall/a', { guarantee: 4, held: 4 }))], picture);
  assert.deepEqual(now!.pools, [
    quota('hall/a', { guarantee: 4, held: 0 }),
    quota('hall/b', { held: 6, borrowed: 6, running: 2, pending: 1 }),
  ]);
});

test('a tenant that the picture does not know keeps what the API said', () => {
  const only = tenant('z', quota('hall/a', { held: 4 }));
  assert.deepEqual(quotasNow([only], new Picture(estate)), [only]);
});

const history: History = {
  every_s: 60,
  until: '2026-11-27T09:10:00Z',
  tenants: [
    {
      path: 'a',
      pools: [
        { pool: 'x', unit: 'GPUs', guarantee: 4, held: [1, 2, 3] },
        { pool: 'y', unit: 'GPUs', guarantee: 2, held: [5] },
        { pool: 'z', unit: 'CPUs', guarantee: 9, held: [7, 7, 7] },
      ],
    },
  ],
};

test('points end at the last minute, and pools with fewer held nothing before', () => {
  const until = Date.parse(history.until) / 1000;
  assert.deepEqual(seriesOf(history, 'a', { unit: 'GPUs' }), {
    times: [until - 120, until - 60, until],
    held: [1, 2, 8],
    guarantee: 6,
  });
  assert.deepEqual(seriesOf(history, 'nobody', { unit: 'GPUs' }).held, []);
});

test('what is held may be within the guarantee of a tenant above, where there is one or it is not to be seen', () => {
  const known: Estate = {
    ...estate,
    tenants: [
      { path: 'a', parent: null, guarantees: [[0, 8]] },
      { path: 'a/b', parent: 0, guarantees: [] },
    ],
  };
  assert.equal(mayBeOfAbove(known, 'a/b/c', { pool: 'hall/a' }), true);
  assert.equal(mayBeOfAbove(known, 'a/b/c', { unit: 'GPUs' }), true);
  assert.equal(mayBeOfAbove(known, 'a/b/c', { pool: 'hall/b' }), false);
  assert.equal(mayBeOfAbove(known, 'a', { pool: 'hall/a' }), false);
  assert.equal(mayBeOfAbove(known, 'x/y', { pool: 'hall/b' }), true);
  assert.equal(mayBeOfAbove(null, 'a/b', { pool: 'hall/b' }), true);
});
