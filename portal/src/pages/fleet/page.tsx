import { common } from '../../i18n/common.ts';
import type { PageProps } from '../../app/pages.tsx';

export function Page(_: PageProps) {
  return <h1>{common.value.pages.fleet}</h1>;
}
