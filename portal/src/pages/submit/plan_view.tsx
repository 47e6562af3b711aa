// What would come of the job if it were sent now.
import type { Plan, PlanChange } from '../../api/job.ts';
import { duration, number, percent } from '../../i18n/format.ts';
import { language } from '../../i18n/language.ts';
import { ForecastLine } from '../../jobs/forecast_line.tsx';
import { FirstReason } from '../../jobs/first_reason.tsx';
import { changeTitle } from '../../jobs/reason_titles.ts';
import { away, clock, rounded } from '../../jobs/when.ts';
import { text } from './text.ts';

function headline({ starts_at_once, forecast }: Plan): string {
  const words = text.value;
  if (starts_at_once) return words.atOnce;
  if (forecast.p50) return words.startsAbout(clock(forecast.p50), away(forecast.p50));
  return words.startsBeyond(duration(forecast.horizon_s));
}

function Cost({ cost }: { cost: NonNullable<Plan['cost']> }) {
  const words = text.value;
  const unit = cost.unit === 'GPUs' ? 'GPU' : 'CPU';
  return (
    <ul class="bare">
      <li>{words.costHeld(number(cost.held, 3), cost.unit === 'GPUs' ? words.unitGpus : words.unitCpus)}</li>
      <li>{words.costLimit(number(cost.hours_at_limit, 2), unit)}</li>
      {cost.hours_typical !== undefined && cost.typical_run_s !== undefined && (
        <li>{words.costTypical(number(cost.hours_typical, 2), unit, duration(cost.typical_run_s))}</li>
      )}
    </ul>
  );
}

function ChangeRow(props: { change: PlanChange; use: ((change: PlanChange) => void) | null; canUse: boolean }) {
  const { change, use, canUse } = props;
  const words = text.value;
  const effects = [
    change.starts_at_once
      ? words.startsAtOnce
      : change.sooner_s !== undefined
        ? words.soonerBy(duration(rounded(change.sooner_s)))
        : change.forecast.p50
          ? words.startsAbout(clock(change.forecast.p50), away(change.forecast.p50))
          : '',
    change.ends_within === undefined ? '' : words.endsWithin(percent(change.ends_within)),
  ];
  return (
    <li>
      <div>
        <strong>{changeTitle(change.code, language.value)}</strong>{' '}
        <span class="effect">{effects.filter((one) => one).join(' · ')}</span>
        <div class="small" lang="en">
          {change.detail}
        </div>
      </div>
      {use && canUse ? (
        <button onClick={() => use(change)}>{words.use}</button>
      ) : (
        <span class="quiet small">{words.useByHand}</span>
      )}
    </li>
  );
}

interface Props {
  plan: Plan;
  isStale: boolean;
  use: ((change: PlanChange) => void) | null; // null: the form is not in charge
  canUse: (change: PlanChange) => boolean;
}

export function PlanView({ plan, isStale, use, canUse }: Props) {
  const words = text.value;
  return (
    <section class={`card plan ${isStale ? 'old' : ''}`} aria-live="polite">
      <h2>{headline(plan)}</h2>
      {isStale && <p class="quiet small">{words.stale}</p>}
      {!plan.starts_at_once && (
        <>
          <ForecastLine forecast={plan.forecast} />
          {plan.chance_at_once > 0 && <p class="small">{words.chanceAtOnce(percent(plan.chance_at_once))}</p>}
        </>
      )}
      {plan.last?.p50 && <p>{words.last(clock(plan.last.p50))}</p>}
      {plan.start_by && <p>{words.deadline(clock(plan.start_by.at), percent(plan.start_by.chance))}</p>}
      {(plan.reasons?.length ?? 0) > 0 && (
        <>
          <h3>{words.keeps}</h3>
          <p>
            <FirstReason of={plan} />
          </p>
        </>
      )}
      {plan.changes.length > 0 && (
        <>
          <h3>{words.sooner}</h3>
          <ul class="bare changes">
            {plan.changes.map((change, at) => (
              <ChangeRow key={at} change={change} use={use} canUse={canUse(change)} />
            ))}
          </ul>
        </>
      )}
      {plan.place && (
        <>
          <h3>{words.place}</h3>
          <p class="small">
            {plan.place.pool}: <span class="mono">{plan.place.where}</span>
            <br />
            {words.placeSays(plan.place.tasks, plan.place.nodes, percent(plan.place.chance))}
          </p>
        </>
      )}
      {plan.cost && (
        <>
          <h3>{words.cost}</h3>
          <Cost cost={plan.cost} />
        </>
      )}
    </section>
  );
}
