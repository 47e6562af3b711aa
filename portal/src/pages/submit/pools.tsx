// The pools that a job may start in, with what is free there.
import { get } from '../../api/client.ts';
import { number } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import type { FormProps } from './fields.tsx';
import { text } from './text.ts';

interface FleetPool {
  path: string;
  unit: string;
  capacity: number;
  held: number;
  gpu_model?: string;
}

export function Pools({ form, set }: FormProps) {
  const words = text.value;
  const { body } = useFetched<{ pools: FleetPool[] }>(
    'fleet',
    (signal) => get('/v1/fleet', {}, signal),
    (state) => state.nodes.length > 0,
    10_000,
  );
  const known = body?.pools ?? [];
  const unknown = form.pools.filter((path) => !known.some((pool) => pool.path === path));
  if (known.length === 0 && unknown.length === 0) return null;
  const toggle = (path: string, isChosen: boolean) =>
    set({ pools: isChosen ? [...form.pools, path] : form.pools.filter((one) => one !== path) });
  const row = (path: string, pool?: FleetPool) => (
    <label class="flag" key={path}>
      <input
        type="checkbox"
        checked={form.pools.includes(path)}
        onChange={(event) => toggle(path, event.currentTarget.checked)}
      />
      <span>
        {path}
        {pool && (
          <span class="quiet small">
            {' '}
            {pool.gpu_model ?? ''}{' '}
            {words.poolFree(
              number(Math.max(0, pool.capacity - pool.held), 1),
              words.unit[pool.unit] ?? pool.unit,
              number(pool.capacity),
            )}
          </span>
        )}
      </span>
    </label>
  );
  return (
    <fieldset class="pools">
      <legend>{words.fields.pools}</legend>
      <div class="list">
        {unknown.map((path) => row(path))}
        {known.map((pool) => row(pool.path, pool))}
      </div>
      <p class="quiet small">{words.anyPool}</p>
    </fieldset>
  );
}
