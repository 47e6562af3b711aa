// Of a job that waits: when it starts, what keeps it, and what would start it now.
import { useState } from 'preact/hooks';
import { change } from '../../api/change.ts';
import { get } from '../../api/client.ts';
import type { Blocker, Job, Why, WhyChange } from '../../api/job.ts';
import { hasRole } from '../../app/session.ts';
import { duration } from '../../i18n/format.ts';
import { language } from '../../i18n/language.ts';
import { Confirm } from '../../jobs/confirm.tsx';
import { ForecastLine } from '../../jobs/forecast_line.tsx';
import { durationText } from '../../jobs/job_form.ts';
import { blockerTitle, changeTitle } from '../../jobs/reason_titles.ts';
import { jobWords } from '../../jobs/text.ts';
import { useFetched } from '../../live/fetched.ts';
import { Loading, Trouble } from '../../ui/trouble.tsx';
import { text } from './text.ts';

function BlockerRow({ blocker }: { blocker: Blocker }) {
  const other = blocker.job ?? blocker.after?.job;
  return (
    <li>
      <strong>{blockerTitle(blocker.code, language.value)}</strong>
      {blocker.pool && <span class="quiet small mono"> {blocker.pool}</span>}
      <div class="small" lang="en">
        {blocker.detail}
      </div>
      {other !== undefined && (
        <a class="small" href={`/jobs/${other}`}>
          {text.value.number(other)}
        </a>
      )}
    </li>
  );
}

// What the form would be asked for.
function formLink(job: Job, wanted: WhyChange): string | null {
  const from = `/submit?from=${job.id}`;
  if (job.script === undefined) return null;
  switch (wanted.code) {
    case 'resubmit':
      return from;
    case 'wider':
      return `${from}&within=${wanted.within ?? ''}`;
    case 'fewer_tasks':
      return `${from}&tasks=${wanted.tasks ?? ''}`;
    case 'other_pool':
      return `${from}&pools=${encodeURIComponent([...(job.pools ?? []), wanted.pool].join(','))}`;
    default:
      return null;
  }
}

function ChangeRow({ job, wanted, onApply }: { job: Job; wanted: WhyChange; onApply: (change: WhyChange) => void }) {
  const words = text.value;
  const link = formLink(job, wanted);
  const mayChange = hasRole('member', 'owner', 'guest');
  return (
    <li>
      <strong>{changeTitle(wanted.code, language.value)}</strong>
      <div class="small" lang="en">
        {wanted.detail}
      </div>
      <div class="acts">
        {mayChange && (wanted.code === 'shorter' || wanted.code === 'release') && (
          <button onClick={() => onApply(wanted)}>{words.apply}</button>
        )}
        {link && (
          <a class="button" href={link}>
            {words.inForm}
          </a>
        )}
        {wanted.jobs?.map((id) => (
          <a key={id} href={`/jobs/${id}`}>
            {words.number(id)}
          </a>
        ))}
        {wanted.nodes?.map((node) => (
          <a key={node} href={`/nodes/${node}`}>
            {node}
          </a>
        ))}
      </div>
    </li>
  );
}

function Applied(props: { job: Job; wanted: WhyChange; again: () => void; close: () => void }) {
  const { job, wanted, again, close } = props;
  const words = text.value;
  const isRelease = wanted.code === 'release';
  const limit = durationText(wanted.time_limit_s ?? 0);
  const perform = (key: string) =>
    isRelease
      ? change(`/v1/jobs/${job.id}/release`, { key })
      : change(`/v1/jobs/${job.id}`, { method: 'PATCH', json: { time_limit: limit }, key });
  return (
    <Confirm
      title={isRelease ? words.release : words.setLimitYes}
      yes={isRelease ? words.release : words.setLimitYes}
      no={jobWords.value.keep}
      perform={perform}
      onDone={again}
      onClose={close}
    >
      <p>{isRelease ? words.releaseBody : words.setLimit(duration(wanted.time_limit_s ?? 0))}</p>
    </Confirm>
  );
}

// Where jobs start and end, what keeps this one changes; that is asked of the server more seldom than the job itself.
export function Waiting({ job, again }: { job: Job; again: () => void }) {
  const words = text.value;
  const [wanted, setWanted] = useState<WhyChange | null>(null);
  const why = useFetched<Why>(
    `${job.id} ${job.state} ${job.time_limit_s}`,
    (signal) => get<Why>(`/v1/jobs/${job.id}/why`, {}, signal),
    (state) => state.jobs.length > 0,
    5000,
  );
  const { body } = why;
  if (why.problem && !body) return <Trouble problem={why.problem} again={why.again} />;
  if (!body) return <Loading />;
  const startFailed = body.start_failed ?? job.start_failed;
  return (
    <>
      {(job.state === 'pending' || body.forecast) && (
        <section class="card">
          <h2>{words.start}</h2>
          {body.position !== undefined && <p>{words.position(body.position)}</p>}
          <ForecastLine forecast={body.forecast ?? job.forecast} promise={body.promised_from ?? job.promised_from} />
        </section>
      )}
      {startFailed && (
        <div class="notice bad">
          <strong>{words.startFailed}</strong>
          <p lang="en">{startFailed}</p>
        </div>
      )}
      {(body.position === undefined || body.blockers.length > 0) && (
        <section class="card">
          <h2>{words.blockers}</h2>
          {body.blockers.length === 0 && <p class="quiet">{words.noBlockers}</p>}
          <ul class="reasons">
            {body.blockers.map((blocker, at) => (
              <BlockerRow key={at} blocker={blocker} />
            ))}
          </ul>
        </section>
      )}
      {body.changes.length > 0 && (
        <section class="card">
          <h2>{words.changes}</h2>
          <ul class="reasons">
            {body.changes.map((one, at) => (
              <ChangeRow key={at} job={job} wanted={one} onApply={setWanted} />
            ))}
          </ul>
        </section>
      )}
      {wanted && (
        <Applied
          job={job}
          wanted={wanted}
          again={() => {
            again();
            why.again();
          }}
          close={() => setWanted(null)}
        />
      )}
    </>
  );
}
