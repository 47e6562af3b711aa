// What the grants of the caller let expect. The server decides; this only says which forms are worth showing.
import type { Grant, Role } from './session.ts';

// Whether `path` is `above` or below it. Without `above` everything is.
export function isWithin(path: string, above: string | undefined): boolean {
  return !above || path === above || path.startsWith(`${above}/`);
}

export function hasRoleIn(grants: readonly Grant[], tenant: string, ...roles: Role[]): boolean {
  return grants.some((grant) => roles.includes(grant.role) && isWithin(tenant, grant.tenant));
}
