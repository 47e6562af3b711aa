import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../src/live/picture.ts';
import { findNode, slotsOf } from '../src/pages/nodes/devices.ts';
import type { Node } from '../src/pages/nodes/types.ts';
import { wishOf } from '../src/pages/nodes/window_wish.ts';

function picture(): Picture {
  const shape = {
    gpus_per_node: 4,
    nodes_per_rack: 2,
    racks_per_block: 1,
    blocks: 1,
    unit: 'GPUs' as const,
    owners: [],
  };
  const one = new Picture({
    version: 1,
    name: 'test',
    sites: [{ name: 'hall', engine: 'slurm' }],
    pools: [
      { path: 'hall/a', site: 0, nodes: 2, first_node: 0, ...shape },
      { path: 'hall/b', site: 0, nodes: 2, first_node: 2, hosts: ['gpu1', 'gpu2'], ...shape },
    ],
    tenants: [],
  });
  const state = { sequence: 1, now: '', pending: 0, running: 0, use: [], jobs: [] };
  one.take({ ...state, whole: true, nodes: [[3, 0, 0b1000, 7, 0b0011, 1000, 8, 0b0100, 250]] });
  return one;
}

const node: Node = { name: 'gpu2', pool: 'hall/b', state: 'ok', gpus: 4, sick_gpus: [3], jobs: [7, 8] };

test('a node is found by its own name or the one that is made', () => {
  assert.equal(findNode(picture(), 'hall/b', 'gpu2'), 3);
  assert.equal(findNode(picture(), 'hall/a', 'hall-a-b01-r01-n2'), 1);
  assert.equal(findNode(picture(), 'hall/a', 'gpu2'), null);
  assert.equal(findNode(picture(), 'hall/c', 'gpu2'), null);
});

test('a device has the job that holds it, and how much of it', () => {
  const slots = slotsOf(node, picture(), 3);
  assert.deepEqual(
    slots.map(({ job, held, isSick }) => [job, held, isSick]),
    [
      [7, 1, false],
      [7, 1, false],
      [8, 0.25, false],
      [0, 0, true],
    ],
  );
});

test('without a picture it is not told which job holds what', () => {
  const devices = [{ index: 1, model: 'H200', memory_mib: 1, healthy: false, why_not: 'fell off the bus' }];
  const slots = slotsOf({ ...node, sick_gpus: [], devices }, null, null);
  assert.deepEqual(
    slots.map(({ job, isSick }) => [job, isSick]),
    [
      [-1, false],
      [-1, true],
      [-1, false],
      [-1, false],
    ],
  );
});

test('a window has nodes or a pool, and a length or an end', () => {
  assert.deepEqual(wishOf({ name: 'w', nodes: 'n1, n2\nn3', for: '2h', until: '2026-11-27T10:00', from: '' }), {
    name: 'w',
    nodes: ['n1', 'n2', 'n3'],
    for: '2h',
  });
  const wish = wishOf({
    name: 'w',
    pool: 'hall/a',
    from: '2026-11-27T10:00',
    until: '2026-11-27T11:00',
    reason: 'cables',
  });
  assert.equal(wish.pool, 'hall/a');
  assert.match(String(wish.from), /^2026-11-2\dT\d\d:\d\d:00Z$/);
  assert.equal(Date.parse(String(wish.until)) - Date.parse(String(wish.from)), 3_600_000);
  assert.equal(wish.reason, 'cables');
});
