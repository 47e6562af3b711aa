// Links to what has a page of its own.
const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

export const tenantHref = (path: string) => `/tenants/${encoded(path)}`;
export const nodeHref = (name: string) => `/nodes/${encoded(name)}`;
export const programmeHref = (name: string) => `/programmes/${encoded(name)}`;
export const callHref = (programme: string, call: string) => `${programmeHref(programme)}/calls/${encoded(call)}`;
export const grantHref = (programme: string, id: number) => `${programmeHref(programme)}/grants/${id}`;
export const queueHref = (tenant: string) => `/queue?tenant=${encodeURIComponent(tenant)}`;

export function TenantLink({ path }: { path: string }) {
  return (
    <a class="name" href={tenantHref(path)}>
      {path}
    </a>
  );
}

export function JobLink({ job }: { job: number }) {
  return <a href={`/jobs/${job}`}>{job}</a>;
}
