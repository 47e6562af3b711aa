// Times as operators read them: of today the hour alone, and how far it is from now.
import { common } from '../i18n/common.ts';
import { duration } from '../i18n/format.ts';
import { language } from '../i18n/language.ts';
import { now } from './now.ts';
import { jobWords } from './text.ts';

const isSameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

export function clock(text: string): string {
  const at = new Date(text);
  const today = new Date(now.value);
  const day: Intl.DateTimeFormatOptions = isSameDay(at, today)
    ? {}
    : { month: 'short', day: 'numeric', ...(at.getFullYear() === today.getFullYear() ? {} : { year: 'numeric' }) };
  const locale = language.value === 'ko' ? 'ko-KR' : 'en-GB';
  return at.toLocaleString(locale, { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

// Far times in full minutes or hours: nobody counts the seconds of what is an hour away.
export function rounded(seconds: number): number {
  const size = Math.abs(seconds);
  const step = size < 60 ? 1 : size < 6 * 3600 ? 60 : size < 7 * 86_400 ? 3600 : 86_400;
  return Math.round(seconds / step) * step;
}

const tick = 12; // seconds that our clock may stand still

// `in 2 h`, `5 min ago`.
export function away(text: string): string {
  const seconds = rounded((Date.parse(text) - now.value) / 1000);
  const words = common.value;
  if (Math.abs(seconds) < tick) return jobWords.value.now;
  return seconds >= 0 ? words.in(duration(seconds)) : words.ago(duration(seconds));
}
