// What has happened to a job, out of its events and of its own times, the earliest first.
import type { Job, JobEvent, JobEvents } from '../api/job.ts';

export type Kind =
  | 'submitted'
  | 'held'
  | 'released'
  | 'changed'
  | 'promised'
  | 'promise_dropped'
  | 'starting'
  | 'running'
  | 'resumed'
  | 'start_failed'
  | 'told_to_stop'
  | 'overdue'
  | 'swapped'
  | 'interrupted'
  | 'ended'
  | 'expected' // to come
  | 'limit'; // to come

export interface Step {
  kind: Kind;
  time: string;
  event?: JobEvent;
  times?: number; // how often in a row, where more than once; `time` is then that of the last
  isToCome?: boolean;
}

const kinds: Record<string, Kind> = {
  job_submitted: 'submitted',
  job_held: 'held',
  job_released: 'released',
  job_updated: 'changed',
  reservation_made: 'promised',
  reservation_dropped: 'promise_dropped',
  start_ordered: 'starting',
  job_started: 'running',
  start_failed: 'start_failed',
  stop_ordered: 'told_to_stop',
  estimate_exceeded: 'overdue',
  nodes_swapped: 'swapped',
};

// Who sees no more than numbers is not told which end is the last: it is where nothing comes after it.
function endOf(event: JobEvent, isLast: boolean, job: Job): Kind {
  const isFinal = event.final ?? (isLast && job.state === 'ended');
  return isFinal ? 'ended' : 'interrupted';
}

function stepsOf(job: Job, events: JobEvent[]): Step[] {
  const steps: Step[] = [];
  let hasRun = false;
  events.forEach((event, at) => {
    let kind = event.kind === 'job_ended' ? endOf(event, at === events.length - 1, job) : kinds[event.kind];
    if (!kind) return;
    if (kind === 'running') {
      if (hasRun) kind = 'resumed';
      hasRun = true;
    }
    steps.push({ kind, time: event.time, event });
  });
  return steps;
}

// A promise is often made anew: the last of those that follow each other is told, with their number. One that is
// dropped and made again in the same moment was only moved.
function folded(steps: Step[]): Step[] {
  const out: Step[] = [];
  steps.forEach((step, at) => {
    const next = steps[at + 1];
    if (step.kind === 'promise_dropped' && (next?.kind === 'promised' || next?.kind === 'starting')) return;
    const last = out.at(-1);
    if (last && last.kind === step.kind && step.kind === 'promised') {
      out[out.length - 1] = { ...step, times: (last.times ?? 1) + 1 };
    } else {
      out.push(step);
    }
  });
  return out;
}

// What the events do not tell, as they are no longer kept or the server has none.
function fromJob(job: Job, told: Step[]): Step[] {
  const has = (...wanted: Kind[]) => told.some((step) => wanted.includes(step.kind));
  const steps: Step[] = [];
  if (!has('submitted')) steps.push({ kind: 'submitted', time: job.submitted });
  if (job.started && !has('running', 'resumed')) {
    steps.push({ kind: (job.evictions ?? 0) > 0 && !job.interrupted ? 'resumed' : 'running', time: job.started });
  }
  if (job.interrupted && !has('interrupted')) steps.push({ kind: 'interrupted', time: job.interrupted });
  if (job.ended && !has('ended')) {
    const event: JobEvent = { sequence: 0, time: job.ended, kind: 'job_ended', final: true };
    if (job.outcome !== undefined) event.outcome = job.outcome;
    if (job.exit_code !== undefined) event.exit_code = job.exit_code;
    if (job.reason !== undefined) event.reason = job.reason;
    steps.push({ kind: 'ended', time: job.ended, event });
  }
  return steps;
}

function toCome(job: Job): Step[] {
  if (job.state === 'pending') {
    const time = job.forecast?.p50 ?? job.promised_from;
    return time ? [{ kind: 'expected', time, isToCome: true }] : [];
  }
  const until = endsBy(job);
  return until ? [{ kind: 'limit', time: until, isToCome: true }] : [];
}

// When its time is up, of one that runs.
export function endsBy(job: Job): string | null {
  if (job.state !== 'running' || !job.started || !job.time_limit_s) return null;
  return new Date(Date.parse(job.started) + 1000 * job.time_limit_s).toISOString();
}

export function timelineOf(job: Job, known: JobEvents | null): Step[] {
  const told = stepsOf(job, known?.events ?? []);
  const own = fromJob(job, told);
  const at = (step: Step) => Date.parse(step.time);
  // Stable: of one moment those that events tell stay in their order.
  const past = own.length > 0 ? [...told, ...own].sort((a, b) => at(a) - at(b)) : told;
  return [...folded(past), ...toCome(job)];
}
