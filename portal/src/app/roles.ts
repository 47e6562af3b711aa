// What the grants of the caller let expect. The server decides; this only says which forms are worth showing.
import { isWithin } from '../api/tenant_path.ts';
import type { Grant, Role } from './session.ts';

export function hasRoleIn(grants: readonly Grant[], tenant: string, ...roles: Role[]): boolean {
  return grants.some((grant) => roles.includes(grant.role) && isWithin(tenant, grant.tenant));
}
