// Which page a path shows. Each is loaded when it is first wanted.
import type { ComponentType } from 'preact';
import { lazy } from './lazy.tsx';

// Parts of the path that stand for something, such as a job's number, in order.
export interface PageProps {
  parts: string[];
}

type Name = keyof typeof import('../i18n/common.ts').common.value.pages;

interface Entry {
  pattern: RegExp;
  page: ComponentType<PageProps>;
  name: Name;
  within?: Name; // what the navigation shows it under
  isWide?: boolean; // uses all of the window
}

const fleet = lazy(() => import('../pages/fleet/page.tsx'));
const queue = lazy(() => import('../pages/queue/page.tsx'));
const job = lazy(() => import('../pages/job/page.tsx'));
const tenants = lazy(() => import('../pages/tenants/page.tsx'));
const owners = lazy(() => import('../pages/owners/page.tsx'));
const programmes = lazy(() => import('../pages/programmes/page.tsx'));
const nodes = lazy(() => import('../pages/nodes/page.tsx'));
const submit = lazy(() => import('../pages/submit/page.tsx'));
const report = lazy(() => import('../pages/report/page.tsx'));

export const pages: Entry[] = [
  { pattern: /^\/(?:fleet)?$/, page: fleet, name: 'fleet', isWide: true },
  { pattern: /^\/queue$/, page: queue, name: 'queue' },
  { pattern: /^\/jobs\/(\d+)$/, page: job, name: 'job', within: 'queue' },
  { pattern: /^\/tenants(?:\/(.+))?$/, page: tenants, name: 'tenants' },
  { pattern: /^\/owners$/, page: owners, name: 'owners' },
  { pattern: /^\/programmes(?:\/(.+))?$/, page: programmes, name: 'programmes' },
  { pattern: /^\/nodes(?:\/(.+))?$/, page: nodes, name: 'nodes' },
  { pattern: /^\/submit$/, page: submit, name: 'submit' },
  { pattern: /^\/report$/, page: report, name: 'report' },
];

export const inNavigation = ['fleet', 'queue', 'tenants', 'owners', 'programmes', 'nodes', 'submit', 'report'] as const;
