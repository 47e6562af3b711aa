import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture, nodeName } from '../src/live/picture.ts';
import type { Estate, State } from '../src/live/protocol.ts';
import { Rows } from '../src/live/rows.ts';

const estate: Estate = {
  version: 1,
  name: 'test',
  sites: [{ name: 'hall', engine: 'slurm' }],
  pools: [
    {
      path: 'hall/h200',
      site: 0,
      unit: 'GPUs',
      gpu_model: 'H200',
      gpus_per_node: 8,
      nodes: 24,
      first_node: 0,
      nodes_per_rack: 4,
      racks_per_block: 3,
      blocks: 2,
      owners: [],
    },
  ],
  tenants: [{ path: 'a', parent: null, guarantees: [] }],
};

function state(change: Partial<State>): State {
  return { sequence: 1, now: '', pending: 0, running: 0, nodes: [], jobs: [], use: [], ...change };
}

// What a tab knows that came at the start, and one that came later, must be the same.
function both(states: State[]): [Picture, Picture] {
  const rows = new Rows();
  const early = new Picture(estate);
  for (const one of states) {
    rows.take(one);
    early.take(one);
  }
  const late = new Picture(estate);
  late.take(rows.whole()!);
  return [early, late];
}

test('a tab that comes later sees what one sees that was there', () => {
  const [early, late] = both([
    state({ whole: true, nodes: [[3, 0, 0, 7, 255, 1000]], jobs: [[7, 0, 0, 3]] }),
    state({ sequence: 2, nodes: [[3, 1, 4], [5, 0, 0, 9, 3, 500, 10, 1, 250]], jobs: [[7, 0, 0, 5], [9, 0, 0, 3], [10, 0, 0, 2]] }),
  ]);
  for (const picture of [early, late]) {
    assert.equal(picture.sequence, 2);
    assert.equal(picture.job[3 * 8], 0);
    assert.equal(picture.nodeState[3], 1);
    assert.equal(picture.sick[3 * 8 + 2], 1);
    assert.equal(picture.job[5 * 8], 9, 'of a shared device the job with the larger part');
    assert.equal(picture.held[5 * 8], 750);
    assert.equal(picture.held[5 * 8 + 1], 500);
    assert.deepEqual([...picture.jobs.keys()].sort(), [10, 9]);
  }
});

test('a whole state forgets what it does not name', () => {
  const [early, late] = both([
    state({ whole: true, nodes: [[3, 0, 0, 7, 255, 1000]], jobs: [[7, 0, 0, 3]] }),
    state({ sequence: 9, whole: true }),
  ]);
  for (const picture of [early, late]) {
    assert.ok(picture.job.every((job) => job === 0));
    assert.equal(picture.jobs.size, 0);
  }
});

test('masks beyond 2^53 are texts', () => {
  const wide: Estate = { ...estate, pools: [{ ...estate.pools[0]!, gpus_per_node: 64 }] };
  const picture = new Picture(wide);
  picture.take(state({ whole: true, nodes: [[0, 0, 0, 7, '9223372036854775809', 1000]], jobs: [[7, 0, 0, 3]] }));
  assert.equal(picture.job[0], 7);
  assert.equal(picture.job[63], 7);
  assert.equal(picture.job[1], 0);
});

test('a node without GPUs is one cell, held by whoever is there', () => {
  const pools = [{ ...estate.pools[0]!, unit: 'CPUs' as const, gpus_per_node: 0 }];
  const picture = new Picture({ ...estate, pools });
  picture.take(state({ whole: true, nodes: [[5, 0, 0, 7, 0, 0]], jobs: [[7, 0, 0, 3]] }));
  assert.equal(picture.job.length, 24);
  assert.deepEqual([picture.job[4], picture.job[5], picture.held[5]], [0, 7, 1000]);
});

test('nodes have the names that the server gives them', () => {
  const pool = estate.pools[0]!;
  assert.equal(nodeName(estate, pool, 0), 'hall-h200-b01-r01-n1');
  assert.equal(nodeName(estate, pool, 23), 'hall-h200-b02-r03-n4');
  assert.equal(nodeName(estate, { ...pool, hosts: ['gpu-a'] }, 0), 'gpu-a');
});
