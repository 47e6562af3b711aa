// What it asks for, and its times.
import type { ComponentChildren } from 'preact';
import type { Job } from '../../api/job.ts';
import { duration, number, time } from '../../i18n/format.ts';
import { asked } from '../../jobs/amounts.ts';
import { memoryText } from '../../jobs/job_form.ts';
import { endsBy } from '../../jobs/timeline.ts';
import { away, clock } from '../../jobs/when.ts';
import { text } from './text.ts';

const span = (least: number, most: number) =>
  least === most ? number(most, 3) : `${number(least, 3)}–${number(most, 3)}`;

const Moment = ({ at }: { at: string }) => (
  <time dateTime={at} title={time(at)}>
    {clock(at)} <span class="quiet small">{away(at)}</span>
  </time>
);

export function Figures({ job }: { job: Job }) {
  const names = text.value.figures;
  const wanted = asked(job);
  const until = endsBy(job);
  const rows: [string, ComponentChildren][] = [];
  const add = (name: string, value: ComponentChildren) => rows.push([name, value]);
  if (wanted) {
    const { unit, least, most, tasks, each } = wanted;
    add(unit === 'GPUs' ? names.gpus : names.cpus, span(least, most));
    if (tasks.max > 1) add(names.tasks, `${span(tasks.min, tasks.max)} × ${number(each, 3)}`);
    if (unit === 'GPUs' && job.per_task?.cpus) add(names.cpus, number(job.per_task.cpus * tasks.max, 3));
  }
  if (job.per_task?.memory_mib) add(names.memory, memoryText(job.per_task.memory_mib));
  if (job.pools) add(names.pools, job.pools.join(', '));
  if (job.within) add(names.within, text.value.within[job.within] ?? job.within);
  if (job.window) add(names.window, job.window);
  if (job.time_limit_s) add(names.limit, duration(job.time_limit_s));
  add(names.submitted, <Moment at={job.submitted} />);
  if (job.started) add(names.started, <Moment at={job.started} />);
  if (until) add(names.ends, <Moment at={until} />);
  if (job.ended) add(names.ended, <Moment at={job.ended} />);
  if (job.start_by) add(names.startBy, <Moment at={job.start_by} />);
  if (job.priority) add(names.priority, number(job.priority));
  if (job.exit_code !== undefined) add(names.exitCode, String(job.exit_code));
  if (job.evictions) add(names.evictions, number(job.evictions));
  if (job.swaps) add(names.swaps, number(job.swaps));
  return (
    <dl class="figures job-figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
