// The paths of all pages, in a village where each has something to show.
import type { Jobs } from './village.ts';

export function everyPage(jobs: Jobs): string[] {
  return [
    '/',
    '/queue',
    `/jobs/${jobs.runs}`,
    `/jobs/${jobs.waits}`,
    `/jobs/${jobs.failed}`,
    '/jobs/9999',
    '/tenants',
    '/tenants/nipa/large/arm',
    '/owners',
    '/programmes',
    '/programmes/large',
    '/programmes/large/calls/spring',
    '/programmes/large/grants/0',
    '/nodes',
    '/nodes/local-gpu-b01-r01-n1',
    '/submit',
    '/report',
    '/nowhere',
  ];
}
