// The form of a job: what most need first, the rest folded.
import { get } from '../../api/client.ts';
import { server } from '../../app/session.ts';
import { number } from '../../i18n/format.ts';
import { type TenantChoice, useTenants } from '../../jobs/tenants.ts';
import { useFetched } from '../../live/fetched.ts';
import { ArgumentsField, ChoiceField, FlagField, type FormProps, LinesField, TextField } from './fields.tsx';
import { text } from './text.ts';

interface FleetPool {
  path: string;
  unit: string;
  capacity: number;
  held: number;
  gpu_model?: string;
}

// Leaves for which the caller may submit.
export function mine(tenants: TenantChoice[]): string[] {
  const grants = server.value?.grants.filter(({ role }) => ['member', 'owner', 'guest'].includes(role)) ?? [];
  const covers = (path: string) =>
    grants.some(({ tenant }) => !tenant || path === tenant || path.startsWith(`${tenant}/`));
  return tenants.filter(({ path, isLeaf }) => isLeaf && covers(path)).map(({ path }) => path);
}

function TenantField({ form, set }: FormProps) {
  const words = text.value;
  const paths = mine(useTenants());
  if (paths.length === 0) return <TextField form={form} set={set} of="tenant" />;
  const all = form.tenant && !paths.includes(form.tenant) ? [form.tenant, ...paths] : paths;
  return (
    <label>
      {words.fields.tenant}
      <select name="tenant" value={form.tenant} onChange={(event) => set({ tenant: event.currentTarget.value })}>
        <option value="">{words.chooseTenant}</option>
        {all.map((path) => (
          <option key={path} value={path}>
            {path}
          </option>
        ))}
      </select>
    </label>
  );
}

function Pools({ form, set }: FormProps) {
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
              pool.unit === 'GPUs' ? words.unitGpus : words.unitCpus,
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

function MoreFields({ form, set }: FormProps) {
  const words = text.value;
  const its = { form, set };
  const { node, rack, block } = words.levels;
  const below = { node: node!, rack: rack!, block: block! };
  return (
    <details>
      <summary>{words.more}</summary>
      <h3>{words.moreAbout.place}</h3>
      <div class="row">
        <TextField {...its} of="gpu_model" />
        <ChoiceField {...its} of="prefer" values={words.preferLevels} />
        <TextField {...its} of="segments_of" isNumber size="small" />
        <ChoiceField {...its} of="segments_within" values={below} />
        <TextField {...its} of="spread_most" isNumber size="small" />
        <ChoiceField {...its} of="spread_over" values={below} />
      </div>
      <h3>{words.moreAbout.times}</h3>
      <div class="row">
        <TextField {...its} of="start_by" />
        <TextField {...its} of="finish_by" />
        <TextField {...its} of="window" />
      </div>
      <h3>{words.moreAbout.run}</h3>
      <div class="row">
        <ChoiceField {...its} of="launch" values={words.launches} />
        <TextField {...its} of="directory" size="wide" />
        <TextField {...its} of="output" />
        <TextField {...its} of="error" />
        <TextField {...its} of="array" />
      </div>
      <ArgumentsField {...its} />
      <LinesField {...its} of="environment" rows={3} />
      <h3>{words.moreAbout.order}</h3>
      <div class="row">
        <TextField {...its} of="after" />
        <ChoiceField {...its} of="after_kind" values={words.afterKinds} />
      </div>
      <FlagField {...its} of="singleton" />
      <FlagField {...its} of="hold" />
      <h3>{words.moreAbout.ends}</h3>
      <div class="row">
        <TextField {...its} of="checkpoint_signal" />
        <TextField {...its} of="checkpoint_grace" />
      </div>
      <FlagField {...its} of="requeue" />
      <FlagField {...its} of="hot_swap" />
    </details>
  );
}

export function Form({ form, set, isOff }: FormProps & { isOff: boolean }) {
  const words = text.value;
  const its = { form, set };
  return (
    <fieldset class="job-form" disabled={isOff}>
      <legend class="hidden">{words.basics}</legend>
      <section class="card">
        <h2>{words.basics}</h2>
        <div class="row">
          <TextField {...its} of="name" isRequired size="wide" />
          <TenantField {...its} />
        </div>
        <LinesField {...its} of="script" rows={Math.min(24, Math.max(5, form.script.split('\n').length + 1))} />
      </section>
      <section class="card">
        <h2>{words.size}</h2>
        <div class="row">
          <TextField {...its} of="gpus" isNumber size="small" />
          <TextField {...its} of="tasks_min" isNumber size="small" />
          <TextField {...its} of="tasks_max" isNumber size="small" />
          <TextField {...its} of="cpus" isNumber size="small" />
          <TextField {...its} of="memory" size="small" />
        </div>
      </section>
      <section class="card">
        <h2>{words.time}</h2>
        <div class="row">
          <TextField {...its} of="time_limit" size="small" />
          <TextField {...its} of="checkpoint_every" size="small" />
          <TextField {...its} of="priority" isNumber size="small" />
        </div>
      </section>
      <section class="card">
        <h2>{words.where}</h2>
        <Pools {...its} />
        <ChoiceField {...its} of="within" values={words.levels} />
      </section>
      <section class="card">
        <MoreFields {...its} />
      </section>
    </fieldset>
  );
}
