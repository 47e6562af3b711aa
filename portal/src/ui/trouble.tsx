// What could not be read, and that something is on its way.
import { common } from '../i18n/common.ts';
import type { Problem } from '../api/client.ts';

export function Trouble({ problem, again }: { problem: Problem; again?: (() => void) | undefined }) {
  return (
    <div class="notice bad" role="alert">
      <p>{problem.message}</p>
      {again && <button onClick={again}>{common.value.tryAgain}</button>}
    </div>
  );
}

export function Loading() {
  return (
    <p class="quiet" role="status">
      {common.value.loading} …
    </p>
  );
}
