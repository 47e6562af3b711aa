import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matrixOf } from '../src/pages/owners/matrix.ts';
import { lentOf, sharesOf, together } from '../src/pages/owners/share.ts';
import { Picture } from '../src/live/picture.ts';

test('rows and columns of the matrix have the same sum', () => {
  const matrix = matrixOf([
    { lender: 'b', borrower: 'a', hours: 3 },
    { lender: 'b', borrower: 'a', hours: 1 }, // of another pool
    { lender: null, borrower: 'b', hours: 2 },
    { lender: 'a', borrower: 'b', hours: 5 },
  ]);
  assert.deepEqual(matrix.lenders, ['a', 'b', null]);
  assert.deepEqual(matrix.borrowers, ['a', 'b']);
  assert.deepEqual(matrix.cells, [
    [0, 5],
    [4, 0],
    [0, 2],
  ]);
  assert.deepEqual(matrix.lent, [5, 4, 2]);
  assert.deepEqual(matrix.borrowed, [4, 7]);
  assert.equal(matrix.sum, 11);
  assert.equal(matrix.largest, 5);
});

test('the net of all is zero, with what is lent by nobody', () => {
  const { net } = matrixOf([
    { lender: 'b', borrower: 'a', hours: 3 },
    { lender: null, borrower: 'a', hours: 2 },
  ]);
  assert.deepEqual(net, [
    { party: 'a', lent: 0, borrowed: 5, net: -5 },
    { party: 'b', lent: 3, borrowed: 0, net: 3 },
    { party: null, lent: 2, borrowed: 0, net: 2 },
  ]);
  assert.equal(
    net.reduce((sum, one) => sum + one.net, 0),
    0,
  );
});

test('without loans there is an empty matrix', () => {
  const matrix = matrixOf([]);
  assert.deepEqual([matrix.sum, matrix.largest, matrix.net], [0, 0, []]);
});

test('owners lend in proportion to what they leave idle', () => {
  const lent = lentOf([
    { owner: 'a', owned: 10, held: 4 }, // 6 idle
    { owner: 'b', owned: 10, held: 8 }, // 2 idle
    { owner: 'c', owned: 0, held: 4 }, // borrows 4
  ]);
  assert.deepEqual(
    [...lent],
    [
      ['a', 3],
      ['b', 1],
      ['c', 0],
    ],
  );
});

test('nobody lends more than is idle', () => {
  const lent = lentOf([
    { owner: 'a', owned: 4, held: 2 },
    { owner: 'b', owned: 0, held: 9 },
  ]);
  assert.equal(lent.get('a'), 2);
});

function picture(): Picture {
  const one = new Picture({
    version: 1,
    name: 'test',
    sites: [{ name: 'hall', engine: 'slurm' }],
    pools: [
      {
        ...{ path: 'hall/a', site: 0, unit: 'GPUs', gpus_per_node: 8, nodes: 2, first_node: 0 },
        ...{
          nodes_per_rack: 2,
          racks_per_block: 1,
          blocks: 1,
          owners: [
            [0, 8],
            [2, 4],
          ],
        },
      },
    ],
    tenants: [
      { path: 'a', parent: null, guarantees: [] },
      { path: 'a/x', parent: 0, guarantees: [] },
      { path: 'b', parent: null, guarantees: [] },
    ],
  });
  const state = { sequence: 1, now: '', pending: 0, running: 0, nodes: [], jobs: [] };
  one.take({
    ...state,
    whole: true,
    use: [
      [0, 0, 3, 1, 0],
      [1, 0, 3, 1, 0],
      [2, 0, 9, 1, 0],
    ],
  });
  return one;
}

test('an owner uses its own share first and borrows the rest', () => {
  const [a, b] = sharesOf(picture(), true);
  const unit = 'GPUs' as const;
  assert.deepEqual(a, {
    owner: 'a',
    pools: [{ pool: 'hall/a', unit, owned: 8, used: 3, borrowed: 0, idle: 5, lent: 5 }],
  });
  assert.deepEqual(b, {
    owner: 'b',
    pools: [{ pool: 'hall/a', unit, owned: 4, used: 4, borrowed: 5, idle: 0, lent: 0 }],
  });
});

test('what is lent is not guessed where not all use is to be seen', () => {
  const [a] = sharesOf(picture(), false);
  assert.equal(a!.pools[0]!.lent, null);
  assert.equal(together(a!.pools, 'GPUs').lent, null);
});
