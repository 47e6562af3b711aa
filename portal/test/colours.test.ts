import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../src/live/picture.ts';
import type { Estate, State } from '../src/live/protocol.ts';
import { softClass, tenantClass, type Mode } from '../src/map/classes.ts';
import { Colours } from '../src/map/colours.ts';
import { kindOf, type Kind } from '../src/map/palette.ts';
import { sum, tallies } from '../src/map/tally.ts';
import { nationalEstate, Work } from './estate.ts';

const pool = {
  unit: 'GPUs' as const,
  gpu_model: 'H200',
  gpus_per_node: 2,
  nodes_per_rack: 2,
  racks_per_block: 2,
  blocks: 1,
  site: 0,
};
const estate: Estate = {
  version: 1,
  name: 'test',
  sites: [{ name: 'hall', engine: 'slurm' }],
  pools: [
    { ...pool, path: 'hall/one', nodes: 4, first_node: 0, owners: [[0, 8]] },
    {
      ...pool,
      path: 'hall/two',
      nodes: 4,
      first_node: 4,
      owners: [
        [0, 2],
        [2, 4],
      ],
    },
    { ...pool, path: 'hall/none', nodes: 1, first_node: 8, owners: [] },
  ],
  tenants: [
    {
      path: 'a',
      parent: null,
      guarantees: [
        [0, 8],
        [1, 2],
      ],
    },
    { path: 'a/x', parent: 0, guarantees: [] },
    { path: 'b', parent: null, guarantees: [[1, 4]] },
    { path: 'b/y', parent: 2, guarantees: [] },
  ],
};
const whole: State = {
  sequence: 1,
  now: '',
  whole: true,
  pending: 0,
  running: 0,
  // Nodes 0: a/x runs. 1: b/y starts, on one GPU. 2: drained, with a job of nobody known that stops, and an idle GPU.
  // 3: lost. 4: the first GPU has failed. 5, 6: a/x. 7: idle. 8: b/y.
  nodes: [
    [0, 0, 0, 11, 3, 1000],
    [1, 0, 0, 12, 1, 1000],
    [2, 1, 0, 13, 1, 1000],
    [3, 2, 0],
    [4, 0, 1],
    [5, 0, 0, 14, 3, 1000],
    [6, 0, 0, 14, 1, 1000],
    [8, 0, 0, 15, 3, 1000],
  ],
  jobs: [
    [11, 1, 0, 3],
    [12, 3, 0, 2],
    [13, -1, 0, 4],
    [14, 1, 1, 3],
    [15, 3, 2, 3],
  ],
  use: [
    [0, 0, 2, 1, 0],
    [0, 1, 3, 1, 0],
    [2, 0, 1, 1, 0],
  ],
};

function classesIn(mode: Mode, seesNodes = true): number[] {
  const picture = new Picture(estate);
  picture.take(whole);
  const colours = new Colours(picture, seesNodes);
  colours.show(mode, 'light', null);
  return [...colours.classOf];
}

const of = (...classes: (Kind | number)[]) => classes.map((one) => (typeof one === 'number' ? one : kindOf[one]));
const ax = tenantClass(1);
const by = tenantClass(3);

test('by tenant', () => {
  const seen = of(
    ax,
    ax,
    by,
    'idle',
    'someone',
    'out',
    'out',
    'out',
    'out',
    'idle',
    ax,
    ax,
    ax,
    'idle',
    'idle',
    'idle',
    by,
    by,
  );
  assert.deepEqual(classesIn('tenant'), seen);
});

test('by owner: of several, what is in use has the colour of its holder', () => {
  const [a, soft, b] = [tenantClass(0), softClass(0), tenantClass(2)];
  assert.ok(b > a);
  const seen = of(
    a,
    a,
    a,
    soft,
    a,
    soft,
    soft,
    soft,
    'idle',
    'idle',
    a,
    a,
    a,
    'idle',
    'idle',
    'idle',
    'nobody',
    'nobody',
  );
  assert.deepEqual(classesIn('owner'), seen);
});

test('by state', () => {
  const seen = of(
    'running',
    'running',
    'starting',
    'idle',
    'stopping',
    'drained',
    'lost',
    'lost',
    'failed',
    'idle',
    'running',
    'running',
    'running',
    'idle',
    'idle',
    'idle',
    'running',
    'running',
  );
  assert.deepEqual(classesIn('state'), seen);
});

test('by guarantee: within it, above it, without one, and what is not told', () => {
  const seen = of(
    'within',
    'within',
    'unguaranteed',
    'idle',
    'unknown',
    'out',
    'out',
    'out',
    'out',
    'idle',
    'above',
    'above',
    'above',
    'idle',
    'idle',
    'idle',
    'unknown',
    'unknown',
  );
  assert.deepEqual(classesIn('borrowed'), seen);
});

test('by health', () => {
  const well = (count: number) => Array<Kind>(count).fill('well');
  const seen = of(...well(4), 'drained', 'drained', 'lost', 'lost', 'failed', 'beside', ...well(8));
  assert.deepEqual(classesIn('health'), seen);
});

test('who may not see nodes sees what is held, and of the rest neither that it is idle nor that it is well', () => {
  for (const mode of ['tenant', 'state', 'borrowed'] as const) {
    const seen = classesIn(mode, false);
    assert.ok(!seen.includes(kindOf.idle), mode);
    assert.ok(seen.includes(kindOf.hidden), mode);
  }
  assert.ok(classesIn('health', false).every((one) => one === kindOf.hidden));
});

test('what has changed is painted as if all were', () => {
  const nation = nationalEstate();
  const work = new Work(nation);
  const picture = new Picture(nation);
  picture.take(work.whole());
  for (const mode of ['tenant', 'owner', 'state', 'borrowed', 'health'] as const) {
    const live = new Colours(picture, true);
    live.show(mode, 'dark', null);
    const before = Uint32Array.from(live.pixels);
    for (let turn = 0; turn < 5; ++turn) {
      const state = work.change(300);
      picture.take(state);
      live.take(state);
    }
    const anew = new Colours(picture, true);
    anew.show(mode, 'dark', null);
    assert.deepEqual(live.pixels, anew.pixels, mode);
    if (mode === 'tenant' || mode === 'state') assert.notDeepEqual(live.pixels, before);
  }
});

test('a tenant that passes its guarantee changes the colour of what it held before', () => {
  const picture = new Picture(estate);
  picture.take(whole);
  const colours = new Colours(picture, true);
  colours.show('borrowed', 'light', null);
  const change: State = { ...whole, sequence: 2, nodes: [], jobs: [], use: [[0, 1, 2, 1, 0]] };
  delete change.whole;
  picture.take(change);
  colours.take(change);
  assert.deepEqual([...colours.classOf.slice(10, 13)], of('within', 'within', 'within'));
});

test('a job in focus keeps its colour, and the rest is dimmed', () => {
  const picture = new Picture(estate);
  picture.take(whole);
  const colours = new Colours(picture, true);
  const before = Uint32Array.from(colours.pixels);
  colours.show('tenant', 'light', { job: 14 });
  colours.pixels.forEach((pixel, cell) => assert.equal(pixel === before[cell], picture.job[cell] === 14, String(cell)));
  assert.equal(colours.counts()[ax], 5);
});

test('tallies count every cell once', () => {
  const picture = new Picture(estate);
  picture.take(whole);
  const all = tallies(picture);
  assert.deepEqual(all[0], { nodes: 4, cells: 8, held: 4, idle: 1, failed: 0, drained: 1, lost: 2 });
  assert.deepEqual(sum(all), { nodes: 9, cells: 18, held: 9, idle: 5, failed: 1, drained: 1, lost: 2 });
});
