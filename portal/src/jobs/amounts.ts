// What a job asks for, in GPUs, or in CPUs where it asks for none.
import type { Job } from '../api/job.ts';

export interface Asked {
  unit: 'GPUs' | 'CPUs';
  least: number;
  most: number;
  each: number;
  tasks: { min: number; max: number };
}

export function asked(job: Job): Asked | null {
  const { tasks, per_task: each } = job;
  if (!tasks || !each) return null;
  const unit = each.gpus ? 'GPUs' : 'CPUs';
  const one = each.gpus ?? each.cpus ?? 1;
  const times = (count: number) => Math.round(one * count * 1000) / 1000;
  return { unit, least: times(tasks.min), most: times(tasks.max), each: one, tasks };
}
