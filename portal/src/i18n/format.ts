// Numbers, times and durations as the language writes them.
import { language } from './language.ts';

export const locale = () => (language.value === 'ko' ? 'ko-KR' : 'en-GB');

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

// `8`, or `4–8` where it may be less.
export function span(least: number, most: number, digits = 0): string {
  return least === most ? number(most, digits) : `${number(least, digits)}–${number(most, digits)}`;
}

export function percent(part: number, digits = 0): string {
  return part.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: digits });
}

// A time of the API, such as 2026-11-27T09:00:00Z, in the reader's zone.
type Written = string | undefined | null;

const written = (text: Written, options: Intl.DateTimeFormatOptions) =>
  text ? new Date(text).toLocaleString(locale(), options) : '';

export const date = (text: Written) => written(text, { dateStyle: 'medium' });
export const time = (text: Written) => written(text, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
export const exactTime = (text: Written) => written(text, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });

const units: [number, string, string][] = [
  [86_400, 'd', '일'],
  [3_600, 'h', '시간'],
  [60, 'min', '분'],
  [1, 's', '초'],
];

// Seconds in the two largest units that it has: `2 h 5 min`.
export function duration(seconds: number): string {
  const ko = language.value === 'ko';
  let left = Math.round(Math.abs(seconds));
  const parts: string[] = [];
  for (const [size, en, korean] of units) {
    const count = Math.floor(left / size);
    if (count === 0 && parts.length === 0 && size > 1) continue;
    if (count > 0 || parts.length === 0) parts.push(ko ? `${count}${korean}` : `${count} ${en}`);
    left -= count * size;
    if (parts.length === 2 || left === 0) break;
  }
  return parts.join(' ');
}
