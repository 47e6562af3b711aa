import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byNode, rangesOf } from '../src/jobs/devices.ts';

test('devices are told node by node', () => {
  const device = (node: string, gpu: number) => ({ node, gpu, share: 1 });
  assert.deepEqual(byNode([device('a', 0), device('b', 3), device('a', 1)]), [
    { node: 'a', gpus: [0, 1], share: 1 },
    { node: 'b', gpus: [3], share: 1 },
  ]);
});

test('numbers that follow each other are a range', () => {
  assert.equal(rangesOf([6, 0, 1, 2, 3]), '0–3, 6');
  assert.equal(rangesOf([5]), '5');
  assert.equal(rangesOf([0, 2, 4, 5]), '0, 2, 4–5');
  assert.equal(rangesOf([]), '');
});
