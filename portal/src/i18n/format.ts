// Numbers, times and durations as the language writes them.
import { language } from './language.ts';

const locale = () => (language.value === 'ko' ? 'ko-KR' : 'en-GB');

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

export function percent(part: number, digits = 0): string {
  return part.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: digits });
}

// A time of the API, such as 2026-11-27T09:00:00Z, in the reader's zone.
export function time(text: string | undefined | null): string {
  if (!text) return '';
  return new Date(text).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium', hour12: false });
}

export function date(text: string | undefined | null): string {
  return text ? new Date(text).toLocaleDateString(locale(), { dateStyle: 'medium' }) : '';
}

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
