// Links to what has a page of its own.
import type { ComponentChildren } from 'preact';

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

export const jobHref = (job: number) => `/jobs/${job}`;
const programmeHref = (name: string) => `/programmes/${encoded(name)}`;
export const callHref = (programme: string, call: string) => `${programmeHref(programme)}/calls/${encoded(call)}`;
export const grantHref = (programme: string, id: number) => `${programmeHref(programme)}/grants/${id}`;
export const queueHref = (tenant: string) => `/queue?tenant=${encodeURIComponent(tenant)}`;
export const poolHref = (pool: string) => `/nodes?pool=${encodeURIComponent(pool)}`;

interface Props {
  href: string;
  children: ComponentChildren;
}

// A name may be long, and is broken anywhere then.
export function NameLink({ href, children }: Props) {
  return (
    <a class="name" href={href}>
      {children}
    </a>
  );
}

export function TenantLink({ path, children }: { path: string; children?: ComponentChildren }) {
  return <NameLink href={`/tenants/${encoded(path)}`}>{children ?? path}</NameLink>;
}

export function NodeLink({ name }: { name: string }) {
  return <NameLink href={`/nodes/${encoded(name)}`}>{name}</NameLink>;
}

export function ProgrammeLink({ name }: { name: string }) {
  return <NameLink href={programmeHref(name)}>{name}</NameLink>;
}

export function JobLink({ job, children }: { job: number; children?: ComponentChildren }) {
  return <a href={jobHref(job)}>{children ?? job}</a>;
}

// `3, 4, 5`
export function JobLinks({ jobs }: { jobs: number[] }) {
  return (
    <>
      {jobs.map((job, index) => (
        <span key={job}>
          {index > 0 && ', '}
          <JobLink job={job} />
        </span>
      ))}
    </>
  );
}
