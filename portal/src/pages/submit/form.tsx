// The form of a job: what most need first, the rest folded.
import { hasRoleFor, submitters } from '../../app/session.ts';
import { useTenantChoices } from '../../live/tenant_choices.ts';
import { Choice, optionsOf } from '../../ui/choice.tsx';
import { ArgumentsField, ListField, FlagField, type FormProps, LinesField, TextField } from './fields.tsx';
import { Pools } from './pools.tsx';
import { text } from './text.ts';

// Leaves for which the caller may submit.
export const useMine = () =>
  useTenantChoices()
    .filter(({ path, isLeaf }) => isLeaf && hasRoleFor(path, ...submitters))
    .map(({ path }) => path);

function TenantField({ form, set }: FormProps) {
  const words = text.value;
  const paths = useMine();
  if (paths.length === 0) return <TextField form={form} set={set} of="tenant" />;
  return (
    <Choice
      label={words.fields.tenant}
      name="tenant"
      value={form.tenant}
      options={optionsOf(paths, words.chooseTenant, form.tenant)}
      set={(tenant) => set({ tenant })}
    />
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
        <ListField {...its} of="prefer" values={words.preferLevels} />
        <TextField {...its} of="segments_of" isNumber size="small" />
        <ListField {...its} of="segments_within" values={below} />
        <TextField {...its} of="spread_most" isNumber size="small" />
        <ListField {...its} of="spread_over" values={below} />
      </div>
      <h3>{words.moreAbout.times}</h3>
      <div class="row">
        <TextField {...its} of="start_by" />
        <TextField {...its} of="finish_by" />
        <TextField {...its} of="window" />
      </div>
      <h3>{words.moreAbout.run}</h3>
      <div class="row">
        <ListField {...its} of="launch" values={words.launches} />
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
        <ListField {...its} of="after_kind" values={words.afterKinds} />
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
        <h2>{words.needs}</h2>
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
        <ListField {...its} of="within" values={words.levels} />
      </section>
      <section class="card">
        <MoreFields {...its} />
      </section>
    </fieldset>
  );
}
