// What of the map stands out: a job's devices, or what one line of the legend is about.
import type { Picture } from '../../live/picture.ts';
import { softClass, tenantClass } from '../../map/classes.ts';
import type { Focus } from '../../map/colours.ts';
import { kindOf, type Kind } from '../../map/palette.ts';

export function focusOf(picture: Picture, job: number, only: string): Focus {
  if (job > 0) return { job };
  if (only === '') return null;
  if (only in kindOf) return { classes: new Set([kindOf[only as Kind]]) };
  const below = picture.estate.tenants.flatMap(({ path }, tenant) =>
    path === only || path.startsWith(`${only}/`) ? [tenantClass(tenant), softClass(tenant)] : [],
  );
  return below.length > 0 ? { classes: new Set(below) } : null;
}
