// A programme's rules in sentences.
import { credits } from '../../i18n/credits.ts';
import { duration, percent } from '../../i18n/format.ts';
import { text } from './text.ts';
import type { Programme } from './types.ts';

export function overrunOf({ overrun, debt }: Programme): string {
  const sentence = text.value.overruns[overrun] ?? overrun;
  return debt ? `${sentence} (${credits(debt)})` : sentence;
}

export function Rules({ of }: { of: Programme }) {
  const words = text.value;
  const sentences = of.use.map((rule) =>
    [
      words.useRule(percent(rule.at_percent / 100), percent(rule.least_percent / 100)),
      words.secondNotice(duration(rule.second_notice_s)),
      words.appealWithin(duration(rule.appeal_s)),
    ].join('; '),
  );
  if (of.hours) sentences.push(words.hours(of.hours));
  if (words.isolation[of.isolation]) sentences.push(words.isolation[of.isolation]!);
  if (of.burst) sentences.push(words.burst);
  if (of.emergency) sentences.push(words.emergency);
  if (sentences.length === 0) return <span class="quiet">{words.noRules}</span>;
  return (
    <ul class="rules">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
