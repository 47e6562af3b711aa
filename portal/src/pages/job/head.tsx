// Who the job is, and what may be done to it. The server decides what is allowed; its refusal is shown.
import { useState } from 'preact/hooks';
import { change } from '../../api/change.ts';
import type { Job } from '../../api/job.ts';
import { hasRole, submitters } from '../../app/session.ts';
import { CancelJob } from '../../jobs/cancel.tsx';
import { StateBadge } from '../../ui/badge.tsx';
import { Deed } from '../../ui/deed.tsx';
import { TenantLink } from '../../ui/links.tsx';
import { text } from './text.ts';

export function Head({ job, again }: { job: Job; again: () => void }) {
  const words = text.value;
  const [isCancelling, setCancelling] = useState(false);
  const isMine = hasRole(...submitters);
  const to = (what: 'hold' | 'release') => async (_: FormData, key: string) => {
    await change(`/v1/jobs/${job.id}/${what}`, { key });
    again();
  };
  return (
    <header class="job-head">
      <div class="names">
        <h1>{job.name ?? words.jobNumber(job.id)}</h1>
        <p class="quiet">
          <StateBadge state={job.state} outcome={job.outcome} />
          {job.name !== undefined && <span>{words.jobNumber(job.id)}</span>}
          {job.tenant && <TenantLink path={job.tenant} />}
          {job.user && <span>{job.user}</span>}
          {job.array && (
            <span>
              {words.ofArray(job.array.index)} <a href={`/queue?array=${job.array.job}`}>{job.array.job}</a>
            </span>
          )}
        </p>
      </div>
      <div class="acts">
        {isMine && job.state === 'pending' && <Deed name={words.hold} question={words.holdBody} act={to('hold')} />}
        {isMine && job.state === 'held' && job.held_by === 'user' && (
          <Deed name={words.release} question={words.releaseBody} act={to('release')} />
        )}
        {(isMine || hasRole('operator')) && job.state !== 'ended' && (
          <button class="bad" onClick={() => setCancelling(true)}>
            {words.cancelJob}
          </button>
        )}
        {job.script !== undefined && isMine && (
          <a class="button" href={`/submit?from=${job.id}`}>
            {words.resubmit}
          </a>
        )}
      </div>
      {isCancelling && <CancelJob job={job} done={again} onClose={() => setCancelling(false)} />}
    </header>
  );
}
