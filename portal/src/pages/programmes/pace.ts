// How far a grant's use is, against how much of its time has passed.
import { micro, partOf } from '../../api/credits.ts';
import type { Award } from './types.ts';

export interface Pace {
  used: number; // part of what was awarded
  even: number; // the part that would have been used by now at an even pace
  elapsed: number; // part of its term
  isBehind: boolean;
}

// What part of the time between two instants has passed at `now`, 0 to 1.
export function elapsedPart(from: string, to: string, now: number): number {
  const begin = Date.parse(from);
  const end = Date.parse(to);
  if (!(end > begin)) return now >= end ? 1 : 0;
  return Math.min(Math.max((now - begin) / (end - begin), 0), 1);
}

export function paceOf(award: Pick<Award, 'from' | 'to' | 'awarded' | 'used' | 'even_use'>, now: number): Pace {
  return {
    used: partOf(award.used, award.awarded),
    even: partOf(award.even_use, award.awarded),
    elapsed: elapsedPart(award.from, award.to, now),
    isBehind: micro(award.used) < micro(award.even_use),
  };
}
