// Its life as a list, the earliest first; what is to come stands at the end.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { get } from '../../api/client.ts';
import type { Job, JobEvents } from '../../api/job.ts';
import { number } from '../../i18n/format.ts';
import { type Kind, type Step, timelineOf } from './timeline.ts';
import { clock, isPast } from '../../i18n/when.ts';
import { useFetched } from '../../live/fetched.ts';
import { JobLink } from '../../ui/links.tsx';
import { type Happening, Timeline } from '../../ui/timeline.tsx';
import { text } from './text.ts';

type Tone = NonNullable<Happening['tone']>;

const tones: Partial<Record<Kind, Tone>> = {
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

const toneOf = ({ kind, event }: Step): Tone =>
  kind === 'ended' ? (badEnds.includes(event?.outcome ?? '') ? 'bad' : 'done') : (tones[kind] ?? '');

function detailsOf({ event, times, kind }: Step, unit: string): ComponentChildren[] {
  const words = text.value;
  const parts: ComponentChildren[] = [];
  if (!event) return parts;
  if (event.outcome && (kind === 'ended' || kind === 'interrupted'))
    parts.push(words.outcome[event.outcome] ?? event.outcome);
  if (event.exit_code) parts.push(words.exitCode(event.exit_code));
  if (kind === 'starting' && event.pool) parts.push(words.inPool(event.pool));
  if (kind === 'promised' && event.from) parts.push(words.promisedBy(clock(event.from)));
  if (times) parts.push(words.times(times));
  if (kind === 'swapped' && event.from && event.to) parts.push(`${event.from} → ${event.to}`);
  if (event.cause) parts.push(words.evictedBecause[event.cause] ?? event.cause);
  if (event.beneficiary !== undefined) {
    parts.push(
      <JobLink job={event.beneficiary}>{words.for(event.beneficiary, event.beneficiary_tenant ?? '')}</JobLink>,
    );
  }
  if (event.at_stake_hours) parts.push(words.atStake(number(event.at_stake_hours, 2), unit));
  return parts;
}

function Details({ step, unit }: { step: Step; unit: string }) {
  const details = detailsOf(step, unit);
  return (
    <>
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
    </>
  );
}

const titleOf = ({ kind, time }: Step) => text.value.steps[kind === 'expected' && isPast(time) ? 'was_expected' : kind];

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
      <h2>{words.happened}</h2>
      {body && !body.is_whole && <p class="quiet small">{words.notWhole}</p>}
      {isLong && <button onClick={() => setWhole(true)}>{words.allSteps(steps.length)}</button>}
      <Timeline
        of={(isLong ? steps.slice(-most) : steps).map((step) => ({
          at: step.time,
          title: <strong>{titleOf(step)}</strong>,
          tone: toneOf(step),
          isToCome: step.isToCome,
          below: <Details step={step} unit={unit} />,
        }))}
      />
    </section>
  );
}
