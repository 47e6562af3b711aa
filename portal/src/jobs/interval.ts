// Where times lie on a line that begins now.
import type { Forecast } from '../api/job.ts';

export interface Line {
  from: number; // ms
  until: number;
}

export interface Marks {
  low: number; // parts of the line, 0 to 1
  middle: number | null; // beyond the line
  high: number;
  isOpen: boolean; // goes on beyond the line
  promise: number | null;
}

const part = (line: Line, at: number) => Math.min(1, Math.max(0, (at - line.from) / (line.until - line.from || 1)));

const ms = (text: string | undefined) => (text ? Date.parse(text) : null);

// A line from `now` on that shows all of the forecast and the promise, with some room behind.
export function lineOf(now: number, forecast: Forecast | undefined, promise: string | undefined): Line {
  const ends = [ms(forecast?.p10), ms(forecast?.p50), ms(forecast?.p90), ms(promise)].filter((at) => at !== null);
  const isOpen = forecast !== undefined && !forecast.p90;
  const last = Math.max(now + 60_000, ...ends);
  return { from: now, until: now + (last - now) * (isOpen ? 1.4 : 1.1) };
}

export function marksOf(line: Line, forecast: Forecast | undefined, promise: string | undefined): Marks | null {
  const promised = ms(promise);
  if (!forecast && promised === null) return null;
  const p10 = ms(forecast?.p10);
  const p50 = ms(forecast?.p50);
  const p90 = ms(forecast?.p90);
  return {
    low: p10 === null ? 1 : part(line, p10),
    middle: p50 === null ? null : part(line, p50),
    high: p90 === null ? 1 : part(line, p90),
    isOpen: forecast !== undefined && p90 === null,
    promise: promised === null ? null : part(line, promised),
  };
}

// The same for many rows beside each other, from now to a week: minutes and days both have room.
const week = 7 * 86_400_000;
const bend = 60_000;
const bent = (after: number) => Math.min(1, Math.log1p(Math.max(0, after) / bend) / Math.log1p(week / bend));

export function bentMarks(now: number, forecast: Forecast | undefined, promise: string | undefined): Marks | null {
  const straight = (text: string | undefined) => (text ? bent(Date.parse(text) - now) : null);
  if (!forecast && !promise) return null;
  return {
    low: straight(forecast?.p10) ?? 1,
    middle: straight(forecast?.p50),
    high: straight(forecast?.p90) ?? 1,
    isOpen: forecast !== undefined && !forecast.p90,
    promise: straight(promise),
  };
}

// Round times on the line, at most `most` of them: full minutes, hours or days of the reader's zone.
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map((minutes) => minutes * 60_000);

export function ticksOf(
  line: Line,
  most: number,
  zoneOffset = new Date(line.from).getTimezoneOffset() * 60_000,
): number[] {
  const length = line.until - line.from;
  const step = steps.find((one) => length / one <= most) ?? Math.ceil(length / most / 86_400_000) * 86_400_000;
  const ticks: number[] = [];
  const first = Math.ceil((line.from - zoneOffset) / step) * step + zoneOffset;
  for (let at = first; at < line.until; at += step) ticks.push(at);
  return ticks;
}

export const placeOf = part;
