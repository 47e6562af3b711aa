// The first reason why a job waits: the server's sentence, below a title in the reader's language where that is another.
import type { Job } from '../api/job.ts';
import { language } from '../i18n/language.ts';
import { blockerTitle } from './reason_titles.ts';

export function FirstReason({ of }: { of: Pick<Job, 'reasons' | 'reason_codes'> }) {
  const sentence = of.reasons?.[0];
  const code = of.reason_codes?.[0];
  if (!sentence) return null;
  return (
    <>
      {code && language.value !== 'en' && <div>{blockerTitle(code, language.value)}</div>}
      <span class="clip small" lang="en" title={sentence}>
        {sentence}
      </span>
    </>
  );
}
