import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast } from '../src/api/job.ts';
import { bentMarks, lineOf, marksOf, ticksOf } from '../src/jobs/interval.ts';

const now = Date.parse('2026-11-27T09:00:00Z');
const forecast: Forecast = {
  made: '2026-11-27T09:00:00Z',
  beyond_horizon: false,
  horizon_s: 604_800,
  p10: '2026-11-27T09:30:00Z',
  p50: '2026-11-27T10:00:00Z',
  p90: '2026-11-27T11:00:00Z',
};

test('a line shows the forecast and the promise', () => {
  const line = lineOf(now, forecast, '2026-11-27T11:30:00Z');
  const marks = marksOf(line, forecast, '2026-11-27T11:30:00Z')!;
  assert.ok(marks.low > 0 && marks.low < marks.middle! && marks.middle! < marks.high && marks.high < marks.promise!);
  assert.ok(marks.promise! < 1);
  assert.equal(marks.isOpen, false);
  assert.ok(Math.abs(marks.low - 0.5 / 2.75) < 1e-9);
});

test('what lies beyond the horizon goes on to the end of the line', () => {
  const { p90: _, ...open } = forecast;
  const marks = marksOf(lineOf(now, open, undefined), open, undefined)!;
  assert.equal(marks.high, 1);
  assert.equal(marks.isOpen, true);
  const beyond: Forecast = { made: forecast.made, beyond_horizon: true, horizon_s: 604_800 };
  assert.deepEqual(marksOf(lineOf(now, beyond, undefined), beyond, undefined), {
    low: 1,
    middle: null,
    high: 1,
    isOpen: true,
    promise: null,
  });
});

test('nothing is drawn where nothing is said', () => {
  assert.equal(marksOf(lineOf(now, undefined, undefined), undefined, undefined), null);
  assert.equal(bentMarks(now, undefined, undefined), null);
});

test('what should have begun lies at the beginning', () => {
  const marks = bentMarks(now + 3 * 3_600_000, forecast, undefined)!;
  assert.equal(marks.low, 0);
  assert.equal(marks.high, 0);
});

test('minutes and days both have room on a bent line', () => {
  const after = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
  const marks = bentMarks(now, { ...forecast, p10: after(5), p50: after(60), p90: after(2880) }, undefined)!;
  assert.ok(marks.low > 0.1 && marks.middle! - marks.low > 0.1 && marks.high - marks.middle! > 0.1 && marks.high < 1);
});

test('ticks are round times, and few', () => {
  const line = { from: now + 7 * 60_000, until: now + 187 * 60_000 };
  const ticks = ticksOf(line, 6, 0);
  assert.deepEqual(
    ticks.map((at) => (at - now) / 60_000),
    [30, 60, 90, 120, 150, 180],
  );
  for (const days of [1, 3, 7, 30, 100]) {
    const many = ticksOf({ from: now, until: now + days * 86_400_000 }, 6, -9 * 3_600_000);
    assert.ok(many.length >= 2 && many.length <= 7, `${days}: ${many.length}`);
  }
});
