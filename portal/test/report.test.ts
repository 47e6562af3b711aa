import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, namesOf } from '../src/pages/report/compare.ts';
import { readSummary } from '../src/pages/report/summary.ts';

const figures = {
  ...{ scenario: 'day', policy: 'dure', seed: 1, digest: 'f818e6810648367c', jobs_total: 3, jobs_completed: 3 },
  ...{ jobs_timed_out: 0, mean_wait_s: 1, p50_wait_s: 0, p95_wait_s: 2, p99_wait_s: 3, makespan_s: 9, gpu_hours: 4 },
  ...{ utilisation: 0.8, evictions: 0, lost_gpu_hours_evicted: 0, lost_gpu_hours_faults: 0, evictions_by_cause: {} },
};

const refusal = (value: unknown) => readSummary(typeof value === 'string' ? value : JSON.stringify(value));

test('a summary is taken as it is', () => {
  const read = readSummary(JSON.stringify(figures));
  assert.ok('summary' in read);
  assert.equal(read.summary.scenario, 'day');
});

test('what is no summary is refused with what is wrong', () => {
  assert.deepEqual(refusal('job,submit_s\n1,2'), { refusal: 'no_json' });
  assert.deepEqual(refusal([figures]), { refusal: 'sweep' });
  assert.deepEqual(refusal({ jobs: [] }), { refusal: 'other' });
  assert.deepEqual(refusal('null'), { refusal: 'other' });
  assert.deepEqual(refusal({ ...figures, mean_wait_s: '1' }), { refusal: 'missing', key: 'mean_wait_s' });
  assert.deepEqual(refusal({ ...figures, owners: { a: 1 } }), { refusal: 'missing', key: 'owners' });
  assert.deepEqual(refusal({ ...figures, ledger: { loans: [] } }), { refusal: 'missing', key: 'ledger' });
});

test('a change is a part of what was before', () => {
  assert.equal(change(4, 5), 0.25);
  assert.equal(change(4, 2), -0.5);
  assert.equal(change(0, 0), 0);
  assert.equal(change(0, 3), null);
  assert.equal(change(null, 3), null);
});

test('names of both are listed once, in the order of the first', () => {
  assert.deepEqual(namesOf([{ b: 1, a: 1 }, undefined, { c: 1, a: 1 }]), ['b', 'a', 'c']);
});
