import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobEvent } from '../src/api/job.ts';
import { timelineOf } from '../src/jobs/timeline.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 9, minute)).toISOString();
const job = (more: Partial<Job>): Job => ({ id: 1, state: 'running', submitted: at(0), ...more });
const events = (...all: [number, string, Partial<JobEvent>?][]): JobEvent[] =>
  all.map(([minute, kind, more], index) => ({ sequence: index + 1, time: at(minute), kind, ...more }));
const kindsOf = (of: Job, all: JobEvent[] | null, isWhole = true) =>
  timelineOf(of, all && { events: all, is_whole: isWhole }).map((step) => step.kind);

test('a job that is evicted goes on', () => {
  const all = events(
    [0, 'job_submitted'],
    [1, 'start_ordered'],
    [1, 'job_started'],
    [5, 'stop_ordered', { outcome: 'evicted', cause: 'reclaim', beneficiary: 9 }],
    [6, 'job_ended', { outcome: 'evicted', final: false }],
    [9, 'start_ordered'],
    [9, 'job_started'],
    [20, 'job_ended', { outcome: 'completed', exit_code: 0, final: true }],
  );
  assert.deepEqual(kindsOf(job({ state: 'ended', started: at(9), ended: at(20), evictions: 1 }), all), [
    'submitted',
    'starting',
    'running',
    'told_to_stop',
    'interrupted',
    'starting',
    'resumed',
    'ended',
  ]);
});

test('promises that are made anew are one step', () => {
  const all = events(
    [0, 'job_submitted'],
    [1, 'reservation_made', { from: at(30) }],
    [2, 'reservation_dropped'],
    [2, 'reservation_made', { from: at(20) }],
    [3, 'reservation_made', { from: at(10) }],
    [4, 'reservation_dropped'],
  );
  const steps = timelineOf(job({ state: 'held' }), { events: all, is_whole: true });
  assert.deepEqual(
    steps.map((step) => step.kind),
    ['submitted', 'promised', 'promise_dropped'],
  );
  assert.equal(steps[1]!.times, 3);
  assert.equal(steps[1]!.event!.from, at(10));
});

test('what events no longer tell comes from the job itself', () => {
  const ended = job({ state: 'ended', started: at(3), ended: at(8), outcome: 'failed', exit_code: 3 });
  assert.deepEqual(kindsOf(ended, null), ['submitted', 'running', 'ended']);
  const tail = events([8, 'job_ended', { outcome: 'failed', exit_code: 3, final: true }]);
  assert.deepEqual(kindsOf(ended, tail, false), ['submitted', 'running', 'ended']);
  assert.equal(timelineOf(ended, null)[2]!.event!.exit_code, 3);
});

test('what is to come stands at the end', () => {
  const waiting = job({ state: 'pending', promised_from: at(50) });
  assert.deepEqual(timelineOf(waiting, null).at(-1), { kind: 'expected', time: at(50), isToCome: true });
  const running = job({ started: at(2), time_limit_s: 3600 });
  assert.deepEqual(timelineOf(running, null).at(-1), { kind: 'limit', time: at(62), isToCome: true });
});

test('who sees only numbers is shown the last end as the end', () => {
  const all = events([0, 'job_submitted'], [1, 'job_started'], [2, 'job_ended'], [3, 'job_started'], [4, 'job_ended']);
  const seen = job({ state: 'ended', ended: at(4) });
  assert.deepEqual(kindsOf(seen, all), ['submitted', 'running', 'interrupted', 'resumed', 'ended']);
});
