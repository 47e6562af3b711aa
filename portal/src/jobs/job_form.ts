// What the form of a job has in its fields: texts as they are typed, '' where nothing is said.
import type { Job } from '../api/job.ts';

export interface JobForm {
  name: string;
  tenant: string;
  pools: string[];
  gpu_model: string;
  gpus: string;
  cpus: string;
  memory: string;
  tasks_min: string;
  tasks_max: string; // '': as tasks_min
  within: string;
  prefer: string;
  segments_of: string;
  segments_within: string;
  spread_most: string;
  spread_over: string;
  time_limit: string;
  window: string;
  start_by: string;
  finish_by: string;
  priority: string;
  checkpoint_every: string;
  checkpoint_signal: string;
  checkpoint_grace: string;
  launch: string;
  script: string;
  arguments: string[];
  environment: string; // NAME=value lines
  directory: string;
  output: string;
  error: string;
  array: string;
  after: string; // numbers
  after_kind: string;
  singleton: boolean;
  hold: boolean;
  requeue: boolean;
  hot_swap: boolean;
}

export const emptyForm: JobForm = {
  name: '',
  tenant: '',
  pools: [],
  gpu_model: '',
  gpus: '1',
  cpus: '',
  memory: '',
  tasks_min: '1',
  tasks_max: '',
  within: '',
  prefer: '',
  segments_of: '',
  segments_within: 'rack',
  spread_most: '',
  spread_over: 'node',
  time_limit: '',
  window: '',
  start_by: '',
  finish_by: '',
  priority: '',
  checkpoint_every: '',
  checkpoint_signal: '',
  checkpoint_grace: '',
  launch: '',
  script: '#!/bin/bash\n',
  arguments: [],
  environment: '',
  directory: '',
  output: '',
  error: '',
  array: '',
  after: '',
  after_kind: 'ok',
  singleton: false,
  hold: false,
  requeue: true,
  hot_swap: false,
};

// What a form does not keep of a job, as the server does not tell it; of one that ended long ago it tells less.
export function notTold(job: Job): string[] {
  const never = ['environment', 'checkpoint', 'error', 'append', 'early_signal', 'launch', 'gpu_model', 'requeue'];
  return job.per_task ? never : ['tasks', 'per_task', 'pools', 'within', 'time_limit', 'priority', ...never];
}

const text = (value: number | string | undefined) => (value === undefined ? '' : String(value));

export function durationText(seconds: number): string {
  let left = Math.round(seconds);
  let out = '';
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(left / size);
    if (count > 0) out += `${count}${unit}`;
    left -= count * size;
  }
  return out || '0s';
}

export function memoryText(mib: number): string {
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`;
}

export function formOf(job: Job): JobForm {
  const { tasks, per_task: each } = job;
  return {
    ...emptyForm,
    name: text(job.name),
    tenant: text(job.tenant),
    pools: job.pools ?? [],
    gpus: text(each?.gpus),
    cpus: text(each?.cpus),
    memory: each?.memory_mib ? memoryText(each.memory_mib) : '',
    tasks_min: text(tasks?.min ?? 1),
    tasks_max: tasks && tasks.max !== tasks.min ? text(tasks.max) : '',
    within: text(job.within),
    prefer: text(job.prefer),
    segments_of: text(job.segments?.of),
    segments_within: job.segments?.within ?? emptyForm.segments_within,
    spread_most: text(job.spread?.most),
    spread_over: job.spread?.over ?? emptyForm.spread_over,
    time_limit: job.time_limit_s ? durationText(job.time_limit_s) : '',
    window: text(job.window),
    priority: job.priority ? text(job.priority) : '',
    script: job.script ?? emptyForm.script,
    arguments: job.arguments ?? [],
    directory: text(job.directory),
    output: text(job.output),
    hot_swap: job.hot_swap ?? false,
  };
}

// Fields that the address has, such as `?within=rack&pools=a/x,a/y`. Nothing is taken that the form has not.
export function withQueryFields(form: JobForm, query: URLSearchParams): JobForm {
  const changed: Record<string, unknown> = {};
  for (const [key, value] of query) {
    const before = form[key as keyof JobForm];
    if (!Object.hasOwn(form, key)) continue;
    if (typeof before === 'boolean') changed[key] = value === 'true';
    else if (Array.isArray(before)) changed[key] = value ? value.split(',') : [];
    else changed[key] = value;
  }
  if (query.has('tasks')) Object.assign(changed, { tasks_min: query.get('tasks')!, tasks_max: '' });
  return { ...form, ...changed } as JobForm;
}

const halved = (amount: string) => (/^[0-9]+$/.test(amount) ? String(Math.ceil(Number(amount) / 2)) : amount);

function halvedMemory(amount: string): string {
  const match = /^([0-9]+)(Ki|Mi|Gi|Ti)$/.exec(amount);
  if (!match) return amount;
  const count = Number(match[1]);
  const smaller: Record<string, string> = { Ti: 'Gi', Gi: 'Mi', Mi: 'Ki' };
  if (count % 2 === 0 || match[2] === 'Ki') return `${Math.ceil(count / 2)}${match[2]}`;
  return `${count * 512}${smaller[match[2]!]}`;
}

interface Change {
  code: string;
  tasks?: number;
  gpus?: number;
  within?: string;
  pool?: string;
  time_limit_s?: number;
}

// The form with a change of a plan or of `why`; null where it is not the form that would change.
export function withChange(form: JobForm, change: Change): JobForm | null {
  switch (change.code) {
    case 'fewer_tasks':
      return change.tasks === undefined ? null : { ...form, tasks_min: String(change.tasks) };
    case 'fewer_gpus':
      if (change.gpus === undefined) return null;
      return { ...form, gpus: String(change.gpus), cpus: halved(form.cpus), memory: halvedMemory(form.memory) };
    case 'wider':
      return change.within ? { ...form, within: change.within === 'site' ? '' : change.within } : null;
    case 'other_pool':
      if (!change.pool || form.pools.length === 0) return null;
      return { ...form, pools: [...new Set([...form.pools, change.pool])] };
    case 'shorter':
      return change.time_limit_s ? { ...form, time_limit: durationText(change.time_limit_s) } : null;
    default:
      return null;
  }
}
