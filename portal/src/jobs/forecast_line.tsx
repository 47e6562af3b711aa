// When a job starts, at full width: the range on a line with times, and the same in words.
import './forecast_line.css';
import type { Forecast } from '../api/job.ts';
import { inBoth } from '../i18n/language.ts';
import { duration, time } from '../i18n/format.ts';
import { lineOf, marksOf, placeOf, ticksOf } from './interval.ts';
import { now } from './now.ts';
import { Range } from './range.tsx';
import { jobWords } from './text.ts';
import { away, clock } from './when.ts';

const en = {
  p10: 'One in ten by',
  p50: 'Even chance by',
  p90: 'Nine in ten by',
  promised: 'Promised by',
  beyond: (text: string) => `after more than ${text}`,
  none: 'Nothing is said of when it starts.',
};

const ko: typeof en = {
  p10: '10% 확률로 이 전에',
  p50: '50% 확률로 이 전에',
  p90: '90% 확률로 이 전에',
  promised: '약속된 시각',
  beyond: (text) => `${text} 이후`,
  none: '언제 시작될지 아직 예측이 없습니다.',
};

const words = inBoth({ en, ko });

const edge = 0.06; // part of the line where a time has no room

function Point({ name, at, kind, beyond }: { name: string; at: string | undefined; kind: string; beyond: string }) {
  return (
    <div class={kind}>
      <dt>{name}</dt>
      <dd>
        {at ? (
          <time dateTime={at} title={time(at)}>
            {clock(at)} <span class="quiet small">{away(at)}</span>
          </time>
        ) : (
          beyond
        )}
      </dd>
    </div>
  );
}

export function ForecastLine({ forecast, promise }: { forecast?: Forecast | undefined; promise?: string | undefined }) {
  const line = lineOf(now.value, forecast, promise);
  const marks = marksOf(line, forecast, promise);
  if (!marks) return <p class="quiet">{words.value.none}</p>;
  const beyond = forecast ? words.value.beyond(duration(forecast.horizon_s)) : '';
  if (forecast && !forecast.p10 && !promise) return <p>{jobWords.value.beyond(duration(forecast.horizon_s))}</p>;
  return (
    <div class="forecast">
      <Range marks={marks} label={jobWords.value.rangeLabel} />
      <div class="ticks" aria-hidden="true">
        {ticksOf(line, 5)
          .map((at) => ({ at, place: placeOf(line, at) }))
          .filter(({ place }) => place > edge && place < 1 - edge)
          .map(({ at, place }) => (
            <span key={at} style={{ left: `${100 * place}%` }}>
              {clock(new Date(at).toISOString())}
            </span>
          ))}
      </div>
      <dl>
        {forecast && (
          <>
            <Point name={words.value.p10} at={forecast.p10} kind="outer" beyond={beyond} />
            <Point name={words.value.p50} at={forecast.p50} kind="middle" beyond={beyond} />
            <Point name={words.value.p90} at={forecast.p90} kind="outer" beyond={beyond} />
          </>
        )}
        {promise && <Point name={words.value.promised} at={promise} kind="promise" beyond="" />}
      </dl>
    </div>
  );
}
