// The table of jobs; on a phone a card for each.
import type { ComponentChildren } from 'preact';
import type { Job } from '../../api/job.ts';
import { hasRole } from '../../app/session.ts';
import { common } from '../../i18n/common.ts';
import { duration, number, time } from '../../i18n/format.ts';
import { asked } from '../../jobs/amounts.ts';
import { FirstReason } from '../../jobs/first_reason.tsx';
import { Start } from '../../jobs/start.tsx';
import { jobWords } from '../../jobs/text.ts';
import { away, clock } from '../../jobs/when.ts';
import { endsBy } from '../../jobs/timeline.ts';
import { StateBadge } from '../../ui/badge.tsx';
import type { Shown } from './filters.tsx';
import { text } from './text.ts';

function Amount({ job }: { job: Job }) {
  const wanted = asked(job);
  if (!wanted) return null;
  const { least, most, each, tasks, unit } = wanted;
  const all = least === most ? number(most, 3) : `${number(least, 3)}–${number(most, 3)}`;
  return (
    <>
      {all}
      {unit === 'CPUs' && ` ${jobWords.value.cpus}`}
      {tasks.max > 1 && (
        <div class="quiet small">
          {tasks.min === tasks.max ? number(tasks.max) : `${number(tasks.min)}–${number(tasks.max)}`} ×{' '}
          {number(each, 3)}
        </div>
      )}
    </>
  );
}

const Time = ({ of, children }: { of: string; children: ComponentChildren }) => (
  <time dateTime={of} title={time(of)}>
    {children}
  </time>
);

function When({ job }: { job: Job }) {
  const words = text.value;
  if (job.state === 'pending') return <Start job={job} />;
  if (job.state === 'held') return <span class="quiet">{words.heldBy[job.held_by ?? ''] ?? ''}</span>;
  if (job.state === 'ended') {
    const ran = job.started && job.ended ? (Date.parse(job.ended) - Date.parse(job.started)) / 1000 : null;
    return (
      <>
        {job.ended && <Time of={job.ended}>{away(job.ended)}</Time>}
        <div class="quiet small">{ran === null ? words.neverRan : words.ran(duration(ran))}</div>
      </>
    );
  }
  const until = endsBy(job);
  return (
    <>
      {job.started && <Time of={job.started}>{words.since(clock(job.started))}</Time>}
      {until && (
        <div class="quiet small">
          <Time of={until}>{words.until(clock(until))}</Time>
        </div>
      )}
    </>
  );
}

function Why({ job }: { job: Job }) {
  if (job.state === 'ended') {
    return (
      <>
        {job.exit_code !== undefined && job.exit_code !== 0 && <div>{text.value.exitCode(job.exit_code)}</div>}
        {job.reason && (
          <span class="clip" lang="en" title={job.reason}>
            {job.reason}
          </span>
        )}
      </>
    );
  }
  if (job.where) return <span class="clip mono">{job.where}</span>;
  return <FirstReason of={job} />;
}

interface Props {
  jobs: Job[];
  shown: Shown;
  onCancel: (job: Job) => void;
}

export function Rows({ jobs, shown, onCancel }: Props) {
  const words = text.value;
  const mayEnd = hasRole('member', 'owner', 'guest', 'operator');
  const hasNames = jobs.some((job) => job.tenant !== undefined);
  const names = [
    words.job,
    ...(hasNames ? [words.whose] : []),
    common.value.gpus,
    words.state,
    words.submitted,
    words.when[shown],
    words.why[shown],
  ];
  return (
    <div class="scroll" role="region" aria-label={words.caption} tabIndex={0}>
      <table class="jobs">
        <caption class="hidden">{words.caption}</caption>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col" class={name === common.value.gpus ? 'num' : ''}>
                {name}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id}>
              <td class="job">
                <a href={`/jobs/${job.id}`}>
                  <span class="number">{job.id}</span>
                  <span class="clip">{job.name ?? ''}</span>
                </a>
              </td>
              {hasNames && (
                <td class="whose">
                  <span class="clip">{job.tenant ?? ''}</span>
                  {job.user && <div class="quiet small clip">{job.user}</div>}
                </td>
              )}
              <td class="num" data-name={common.value.gpus}>
                <Amount job={job} />
              </td>
              <td class="state">
                <StateBadge state={job.state} outcome={job.outcome} />
              </td>
              <td class="nowrap" data-name={words.submitted}>
                <Time of={job.submitted}>{away(job.submitted)}</Time>
              </td>
              <td class="when" data-name={words.when[shown]}>
                <When job={job} />
              </td>
              <td class="why">
                <Why job={job} />
              </td>
              <td class="act">
                {mayEnd && job.state !== 'ended' && (
                  <button aria-label={`${words.act}: ${job.id}`} onClick={() => onCancel(job)}>
                    {words.act}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
