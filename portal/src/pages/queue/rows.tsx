// The table of jobs; on a phone a card for each.
import type { Job } from '../../api/job.ts';
import { hasRole, submitters } from '../../app/session.ts';
import { duration, number, span } from '../../i18n/format.ts';
import { asked } from '../../jobs/amounts.ts';
import { FirstReason } from '../../jobs/first_reason.tsx';
import { Start } from '../../jobs/start/start.tsx';
import { away, clock } from '../../i18n/when.ts';
import { endsBy } from '../../jobs/end.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { jobHref } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import type { Shown } from './filters.tsx';
import { text } from './text.ts';

function Amount({ job }: { job: Job }) {
  const wanted = asked(job);
  if (!wanted) return null;
  const { least, most, each, tasks, unit } = wanted;
  return (
    <>
      {span(least, most, 3)}
      {unit === 'CPUs' && ` ${text.value.unit.CPUs}`}
      {tasks.max > 1 && <div class="quiet small">{`${span(tasks.min, tasks.max)} × ${number(each, 3)}`}</div>}
    </>
  );
}

function When({ job }: { job: Job }) {
  const words = text.value;
  if (job.state === 'pending') return <Start job={job} />;
  if (job.state === 'held') return <span class="quiet">{words.heldBy[job.held_by ?? ''] ?? ''}</span>;
  if (job.state === 'ended') {
    const ran = job.started && job.ended ? (Date.parse(job.ended) - Date.parse(job.started)) / 1000 : null;
    return (
      <>
        {job.ended && <Time at={job.ended}>{away(job.ended)}</Time>}
        <div class="quiet small">{ran === null ? words.neverRan : words.ran(duration(ran))}</div>
      </>
    );
  }
  const until = endsBy(job);
  return (
    <>
      {job.started && <Time at={job.started}>{words.since(clock(job.started))}</Time>}
      {until && (
        <div class="quiet small">
          <Time at={until}>{words.until(clock(until))}</Time>
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
  const mayEnd = hasRole('operator', ...submitters);
  const hasNames = jobs.some((job) => job.tenant !== undefined);
  const columns: (Column<Job> | false)[] = [
    { name: words.job, look: 'job', cell: (job) => <Name job={job} /> },
    hasNames && { name: words.whose, look: 'whose', cell: (job) => <Whose job={job} /> },
    { name: words.gpus, look: 'named', isNumber: true, cell: (job) => <Amount job={job} /> },
    { name: words.state, look: 'state', cell: (job) => <StateBadge state={job.state} outcome={job.outcome} /> },
    {
      name: words.submitted,
      look: 'short named',
      cell: (job) => <Time at={job.submitted}>{away(job.submitted)}</Time>,
    },
    { name: words.when[shown], look: 'when', cell: (job) => <When job={job} /> },
    { name: words.why[shown], look: 'why', cell: (job) => <Why job={job} /> },
    {
      name: words.deed,
      look: 'act',
      cell: (job) =>
        mayEnd &&
        job.state !== 'ended' && (
          <button aria-label={`${words.cancel}: ${job.id}`} onClick={() => onCancel(job)}>
            {words.cancel}
          </button>
        ),
    },
  ];
  return <Table caption={words.jobs} look="jobs" columns={columns} rows={jobs} keyOf={(job) => job.id} />;
}

const Name = ({ job }: { job: Job }) => (
  <a href={jobHref(job.id)}>
    <span class="number">{job.id}</span>
    <span class="clip">{job.name ?? ''}</span>
  </a>
);

const Whose = ({ job }: { job: Job }) => (
  <>
    <span class="clip">{job.tenant ?? ''}</span>
    {job.user && <div class="quiet small clip">{job.user}</div>}
  </>
);
