// Who the job is, and what may be done to it. The server decides what is allowed; its refusal is shown.
import { useState } from 'preact/hooks';
import { change } from '../../api/change.ts';
import type { Job } from '../../api/job.ts';
import { hasRole } from '../../app/session.ts';
import { Confirm } from '../../jobs/confirm.tsx';
import { jobWords } from '../../jobs/text.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { text } from './text.ts';

type Act = 'cancel' | 'hold' | 'release';

function actsOf(job: Job): Act[] {
  const changes = hasRole('member', 'owner', 'guest');
  const acts: Act[] = [];
  if (changes && job.state === 'pending') acts.push('hold');
  if (changes && job.state === 'held' && job.held_by === 'user') acts.push('release');
  if ((changes || hasRole('operator')) && job.state !== 'ended') acts.push('cancel');
  return acts;
}

export function Head({ job, again }: { job: Job; again: () => void }) {
  const words = text.value;
  const [asks, setAsks] = useState<Act | null>(null);
  const says: Record<Act, { yes: string; body: string }> = {
    cancel: { yes: jobWords.value.cancelJob, body: jobWords.value.cancelQuestion },
    hold: { yes: words.hold, body: words.holdBody },
    release: { yes: words.release, body: words.releaseBody },
  };
  return (
    <header class="job-head">
      <div class="names">
        <h1>{job.name ?? words.number(job.id)}</h1>
        <p class="quiet">
          <StateBadge state={job.state} outcome={job.outcome} />
          {job.name !== undefined && <span>{words.number(job.id)}</span>}
          {job.tenant && <a href={`/tenants/${job.tenant}`}>{job.tenant}</a>}
          {job.user && <span>{job.user}</span>}
          {job.array && (
            <span>
              {words.ofArray(job.array.index)} <a href={`/queue?array=${job.array.job}`}>{job.array.job}</a>
            </span>
          )}
        </p>
      </div>
      <div class="acts">
        {actsOf(job).map((act) => (
          <button key={act} class={act === 'cancel' ? 'bad' : ''} onClick={() => setAsks(act)}>
            {says[act].yes}
          </button>
        ))}
        {job.script !== undefined && hasRole('member', 'owner', 'guest') && (
          <a class="button" href={`/submit?from=${job.id}`}>
            {words.resubmit}
          </a>
        )}
      </div>
      {asks && (
        <Confirm
          title={says[asks].yes}
          yes={says[asks].yes}
          no={jobWords.value.keep}
          isBad={asks === 'cancel'}
          perform={(key) => change(`/v1/jobs/${job.id}/${asks}`, { key })}
          onDone={again}
          onClose={() => setAsks(null)}
        >
          <p>
            <strong>
              {job.id} {job.name}
            </strong>
          </p>
          <p>{says[asks].body}</p>
        </Confirm>
      )}
    </header>
  );
}
