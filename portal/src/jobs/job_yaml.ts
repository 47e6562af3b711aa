// A job's document out of the form. docs/jobs.md has the keys.
import type { JobForm } from './job_form.ts';
import { block, flow, list, numeral, scalar } from './yaml.ts';

type Fields = [string, string][];

const given = (fields: [string, string, (text: string) => string][]): Fields =>
  fields.filter(([, value]) => value.trim() !== '').map(([key, value, write]) => [key, write(value.trim())]);

function tasks({ tasks_min: min, tasks_max: max }: JobForm): string[] {
  const least = min.trim() || '1';
  if (max.trim() !== '' && max.trim() !== least) {
    return [
      `tasks: ${flow([
        ['min', numeral(least)],
        ['max', numeral(max)],
      ])}`,
    ];
  }
  return least === '1' ? [] : [`tasks: ${numeral(least)}`];
}

function mapping(key: string, fields: Fields): string[] {
  return fields.length > 0 ? [`${key}: ${flow(fields)}`] : [];
}

const one = (key: string, value: string, write = scalar): string[] =>
  value.trim() === '' ? [] : [`${key}: ${write(value.trim())}`];

function placing(form: JobForm): string[] {
  return [
    ...(form.pools.length > 0 ? [`pools: ${list(form.pools)}`] : []),
    ...one('gpu_model', form.gpu_model),
    ...one('within', form.within),
    ...one('prefer', form.prefer),
    ...(form.segments_of.trim()
      ? mapping('segments', [
          ['of', numeral(form.segments_of)],
          ['within', scalar(form.segments_within)],
        ])
      : []),
    ...(form.spread_most.trim()
      ? mapping('spread', [
          ['most', numeral(form.spread_most)],
          ['over', scalar(form.spread_over)],
        ])
      : []),
  ];
}

function environment(lines: string): string[] {
  const variables = lines.split('\n').filter((line) => line.trim() !== '');
  if (variables.length === 0) return [];
  return [
    'environment:',
    ...variables.map((line) => {
      const at = line.indexOf('=');
      return at < 0
        ? `  ${scalar(line.trim())}: ""`
        : `  ${scalar(line.slice(0, at).trim())}: ${scalar(line.slice(at + 1))}`;
    }),
  ];
}

function after(form: JobForm): string[] {
  const jobs = form.after.split(/[\s,]+/).filter((job) => job !== '');
  if (jobs.length === 0) return [];
  return [
    'after:',
    ...jobs.map(
      (job) =>
        `- ${flow([
          ['kind', scalar(form.after_kind)],
          ['job', numeral(job)],
        ])}`,
    ),
  ];
}

export function writeJob(form: JobForm): string {
  const lines = [
    ...one('name', form.name),
    ...one('tenant', form.tenant),
    ...tasks(form),
    ...mapping(
      'per_task',
      given([
        ['gpus', form.gpus, numeral],
        ['cpus', form.cpus, numeral],
        ['memory', form.memory, scalar],
      ]),
    ),
    ...placing(form),
    ...one('time_limit', form.time_limit),
    ...one('window', form.window),
    ...one('start_by', form.start_by),
    ...one('finish_by', form.finish_by),
    ...one('priority', form.priority, numeral),
    ...mapping(
      'checkpoint',
      given([
        ['every', form.checkpoint_every, scalar],
        ['signal', form.checkpoint_signal, scalar],
        ['grace', form.checkpoint_grace, scalar],
      ]),
    ),
    ...one('array', form.array),
    ...after(form),
    ...(form.singleton ? ['singleton: true'] : []),
    ...(form.hold ? ['hold: true'] : []),
    ...(form.requeue ? [] : ['requeue: false']),
    ...(form.hot_swap ? ['hot_swap: true'] : []),
    ...one('launch', form.launch),
    ...one('directory', form.directory),
    ...one('output', form.output),
    ...one('error', form.error),
    ...environment(form.environment),
    ...(form.script === '' ? [] : block('script', form.script)),
    ...(form.arguments.length > 0 ? [`arguments: ${list(form.arguments)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
