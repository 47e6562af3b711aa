// What of the map stands out: a job's devices, or what one line of the legend is about.
import type { Picture } from '../../live/picture.ts';
import { softClass, tenantClass } from '../../map/classes.ts';
import type { Focus } from '../../map/colours.ts';
import { kinds, type Kind } from '../../map/palette.ts';

// As the address has it, where no tenant has such a name.
export const keyOfKind = (kind: Kind) => `:${kind}`;

export function focusOf(picture: Picture, job: number, only: string): Focus {
  if (picture.jobs.has(job)) return { job };
  if (only === '') return null;
  const kind = kinds.findIndex((one) => only === keyOfKind(one));
  if (kind >= 0) return { classes: new Set([kind]) };
  const below = picture.estate.tenants.flatMap(({ path }, tenant) =>
    path === only || path.startsWith(`${only}/`) ? [tenantClass(tenant), softClass(tenant)] : [],
  );
  return below.length > 0 ? { classes: new Set(below) } : null;
}
