// A tenant's use against its guarantee, over the time that the server remembers.
import { useMemo } from 'preact/hooks';
import { get } from '../../api/client.ts';
import { duration, number, time } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { Part } from '../../ui/part.tsx';
import { Chart } from './chart.tsx';
import type { Choice } from './quotas.ts';
import { seriesOf, type History } from './series.ts';
import { text } from './text.ts';

export function OverTime({ path, choice }: { path: string; choice: Choice }) {
  const history = useFetched(
    path,
    (signal) => get<History>('/v1/usage/history', { tenant: path }, signal),
    () => true,
    60_000,
  );
  return (
    <section>
      <h2>{text.value.history}</h2>
      <Part of={history} who={text.value.whoHistory}>
        {(body) => <Drawn history={body} path={path} choice={choice} />}
      </Part>
    </section>
  );
}

function Drawn({ history, path, choice }: { history: History; path: string; choice: Choice }) {
  const words = text.value;
  const series = useMemo(() => seriesOf(history, path, choice), [history, path, JSON.stringify(choice)]);
  const { held, times, guarantee } = series;
  if (held.length === 0) return <p class="quiet">{words.historyNone}</p>;
  const shown = (value: number) => number(value, 3);
  const ends: [number, number] = [Math.min(...held), Math.max(...held)];
  return (
    <>
      <Chart
        series={series}
        label={words.historyLabel(shown(ends[0]), shown(ends[1]), shown(held.at(-1)!), shown(guarantee))}
        names={{ held: words.held, guarantee: words.guarantee, time: words.time }}
      />
      <p class="quiet">
        {words.historyNote(duration(history.every_s), time(new Date(times[0]! * 1000).toISOString()))}
      </p>
    </>
  );
}
