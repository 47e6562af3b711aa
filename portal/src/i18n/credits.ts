// Credits as the language writes them: exact, with groups of three.
import { number } from './format.ts';

export function credits(text: string | undefined): string {
  const match = /^(-?\d+)(\.\d+)?$/.exec(text ?? '');
  if (!match) return text ?? '';
  const whole = number(Number(match[1]));
  return `${match[1] === '-0' ? '-0' : whole}${match[2] ?? ''}`;
}
