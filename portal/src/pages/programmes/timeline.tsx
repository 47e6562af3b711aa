// What happened to a grant or an application: when, what, by whom and why.
import { time } from '../../i18n/format.ts';
import { titleOf } from './step_title.ts';
import { text } from './text.ts';
import type { Step } from './types.ts';

// `namesMissing`: who acted is told to the office alone, so that a step without a name says nothing of the rules.
export function Timeline({ steps, namesMissing }: { steps: Step[]; namesMissing?: boolean }) {
  const words = text.value;
  return (
    <ol class="timeline">
      {steps.map((step, index) => (
        <li key={index} class={/notice|reduced|refused|closed/.test(step.text) ? 'warns' : ''}>
          <time dateTime={step.at}>{time(step.at)}</time>{' '}
          {step.by ? words.by(step.by) : namesMissing ? '' : words.byRules}
          <div>
            <Title text={step.text} />
          </div>
          {step.why && <div class="quiet">{step.why}</div>}
        </li>
      ))}
    </ol>
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
