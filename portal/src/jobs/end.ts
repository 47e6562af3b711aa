// When the time of a job is up that runs.
import type { Job } from '../api/job.ts';

export function endsBy(job: Job): string | null {
  if (job.state !== 'running' || !job.started || !job.time_limit_s) return null;
  return new Date(Date.parse(job.started) + 1000 * job.time_limit_s).toISOString();
}
