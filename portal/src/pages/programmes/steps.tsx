// What happened to a grant or an application: when, what, by whom and why.
import type { Step } from '../../ledger/types.ts';
import { Timeline } from '../../ui/timeline.tsx';
import { titleOf } from './step_title.ts';
import { text } from './text.ts';

const warns = /notice|reduced|refused|closed/;

// `namesMissing`: who acted is told to the office alone, so that a step without a name says nothing of the rules.
export function Steps({ of, namesMissing }: { of: Step[]; namesMissing?: boolean }) {
  const words = text.value;
  const actor = ({ by }: Step) => (by ? words.by(by) : namesMissing ? '' : words.byRules);
  return (
    <Timeline
      of={of.map((step) => ({
        at: step.at,
        title: <Title text={step.text} />,
        tone: warns.test(step.text) ? 'wait' : 'run',
        below: <div class="small">{[actor(step), step.why].filter(Boolean).join(' · ')}</div>,
      }))}
    />
  );
}

function Title({ text: sentence }: { text: string }) {
  const title = titleOf(sentence, Object.keys(text.value.stepTitles));
  if (!title) return <span lang="en">{sentence}</span>;
  const rest = sentence.startsWith(`${title}: `) ? sentence.slice(title.length + 2) : sentence;
  return (
    <>
      <strong>{text.value.stepTitles[title]}</strong>
      {sentence !== title && (
        <span lang="en" class="quiet">
          {' – '}
          {rest}
        </span>
      )}
    </>
  );
}
