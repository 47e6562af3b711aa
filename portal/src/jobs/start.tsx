// When a waiting job starts, in a line of words and a small range.
import type { Job } from '../api/job.ts';
import { duration, time } from '../i18n/format.ts';
import { bentMarks } from './interval.ts';
import { now } from './now.ts';
import { Range } from './range.tsx';
import { jobWords } from './text.ts';
import { away, clock } from './when.ts';

export function Start({ job }: { job: Job }) {
  const words = jobWords.value;
  const { forecast, promised_from: promise } = job;
  const marks = bentMarks(now.value, forecast, promise);
  if (!marks) return <span class="quiet">{words.nothingSaid}</span>;
  const expected = forecast?.p50;
  const range = forecast?.p10
    ? forecast.p90
      ? words.between(clock(forecast.p10), clock(forecast.p90))
      : words.after(clock(forecast.p10))
    : '';
  return (
    <div class="start">
      {expected ? (
        <time dateTime={expected} title={time(expected)}>
          {words.expected(clock(expected))} <span class="quiet small">{away(expected)}</span>
        </time>
      ) : forecast ? (
        <span>{words.beyond(duration(forecast.horizon_s))}</span>
      ) : null}
      <Range marks={marks} label={words.rangeLabel} />
      <div class="quiet small">{range}</div>
      {promise && <div class="small">{words.promised(clock(promise))}</div>}
    </div>
  );
}
