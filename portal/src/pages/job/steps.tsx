// Its life as a list, the earliest first; what is to come stands at the end.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../../api/client.ts';
import type { Job, JobEvents } from '../../api/job.ts';
import { common } from '../../i18n/common.ts';
import { number, time } from '../../i18n/format.ts';
import { type Kind, type Step, timelineOf } from '../../jobs/timeline.ts';
import { away, clock } from '../../jobs/when.ts';
import { useFetched } from '../../live/fetched.ts';
import { text } from './text.ts';

const tones: Partial<Record<Kind, string>> = {
  running: 'run',
  resumed: 'run',
  starting: 'run',
  promised: 'wait',
  told_to_stop: 'wait',
  interrupted: 'wait',
  held: 'wait',
  start_failed: 'bad',
};
const badEnds = ['failed', 'timed_out', 'node_lost', 'expired'];

const most = 40; // steps, unless all are asked for

const toneOf = ({ kind, event }: Step) =>
  kind === 'ended' ? (badEnds.includes(event?.outcome ?? '') ? 'bad' : 'done') : (tones[kind] ?? '');

function detailsOf({ event, times, kind }: Step, unit: string): ComponentChildren[] {
  const words = text.value;
  const parts: ComponentChildren[] = [];
  if (!event) return parts;
  if (event.outcome && (kind === 'ended' || kind === 'interrupted'))
    parts.push(common.value.outcome[event.outcome] ?? event.outcome);
  if (event.exit_code) parts.push(words.exitCode(event.exit_code));
  if (kind === 'starting' && event.pool) parts.push(words.inPool(event.pool));
  if (kind === 'promised' && event.from) parts.push(words.promisedBy(clock(event.from)));
  if (times) parts.push(words.times(times));
  if (kind === 'swapped' && event.from && event.to) parts.push(words.swappedTo(event.from, event.to));
  if (event.cause) parts.push(words.causes[event.cause] ?? event.cause);
  if (event.beneficiary !== undefined) {
    parts.push(
      <a href={`/jobs/${event.beneficiary}`}>{words.for(event.beneficiary, event.beneficiary_tenant ?? '')}</a>,
    );
  }
  if (event.at_stake_hours) parts.push(words.atStake(number(event.at_stake_hours, 2), unit));
  return parts;
}

function StepRow({ step, unit }: { step: Step; unit: string }) {
  const details = detailsOf(step, unit);
  return (
    <li class={`${toneOf(step)} ${step.isToCome ? 'to-come' : ''}`}>
      <time dateTime={step.time} title={time(step.time)}>
        {clock(step.time)}
      </time>
      <div>
        <strong>{text.value.steps[step.kind]}</strong> <span class="quiet small">{away(step.time)}</span>
        {details.length > 0 && (
          <div class="small">
            {details.map((detail, at) => (
              <span key={at}>
                {at > 0 && ' · '}
                {detail}
              </span>
            ))}
          </div>
        )}
        {step.event?.reason && step.kind !== 'running' && (
          <div class="small quiet" lang="en">
            {step.event.reason}
          </div>
        )}
      </div>
    </li>
  );
}

export function Steps({ job }: { job: Job }) {
  const words = text.value;
  // Read anew with the job. A server without this answers that there is no such thing.
  const { body } = useFetched<JobEvents>(
    `${job.id}`,
    (signal) => get<JobEvents>(`/v1/jobs/${job.id}/events`, {}, signal),
    (state) => state.jobs.some((row) => row[0] === job.id),
    1000,
  );
  const [isWhole, setWhole] = useState(false);
  const steps = timelineOf(job, body);
  const isLong = steps.length > most && !isWhole;
  const unit = job.per_task?.gpus || !job.per_task ? 'GPU' : 'CPU';
  return (
    <section class="card">
      <h2>{words.timeline}</h2>
      {body && !body.is_whole && <p class="quiet small">{words.notWhole}</p>}
      {isLong && <button onClick={() => setWhole(true)}>{words.allSteps(steps.length)}</button>}
      <ol class="life">
        {(isLong ? steps.slice(-most) : steps).map((step, at) => (
          <StepRow key={at} step={step} unit={unit} />
        ))}
      </ol>
    </section>
  );
}
