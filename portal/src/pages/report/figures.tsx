// The figures of one run, or of two with the difference.
import { duration, number, percent } from '../../i18n/format.ts';
import { Table, type Column } from '../../ui/table.tsx';
import { change, namesOf } from './compare.ts';
import type { Run } from './page.tsx';
import type { Part, Summary } from './summary.ts';
import { text } from './text.ts';

type Value = number | null | undefined;
type Show = (value: number) => string;

export interface Figure {
  name: string;
  values: Value[];
  show: Show;
  better?: 'more' | 'less';
}

const count: Show = (value) => number(value);
const some: Show = (value) => number(value, 1);
const parts: Show = (value) => percent(value, 1);

export function FigureTable({ caption, figures, runs }: { caption: string; figures: Figure[]; runs: Run[] }) {
  const words = text.value;
  const columns: Column<Figure>[] = [
    { name: words.figure, cell: ({ name }) => <span class="name">{name}</span> },
    ...runs.map((_, index) => ({
      name: nameOf(runs, index),
      isNumber: true,
      cell: ({ values, show }: Figure) => shown(values[index], show),
    })),
  ];
  if (runs.length === 2) {
    columns.push({ name: words.difference, isNumber: true, cell: (figure) => <Difference figure={figure} /> });
  }
  return (
    <div class="narrow">
      <Table caption={caption} columns={columns} rows={figures} keyOf={({ name }) => name} />
    </div>
  );
}

// Two runs have numbers, as both may be of one scenario.
export function nameOf(runs: Run[], index: number): string {
  const { scenario } = runs[index]!.summary;
  return runs.length > 1 ? `${index + 1}: ${scenario}` : scenario;
}

const shown = (value: Value, show: Show) => (value === null || value === undefined ? '–' : show(value));

export function Difference({ figure: { values, better } }: { figure: Pick<Figure, 'values' | 'better'> }) {
  const part = change(values[0], values[1]);
  if (part === null) return <span class="quiet">–</span>;
  if (part === 0) return <span class="quiet">=</span>;
  const isGood = better !== undefined && part > 0 === (better === 'more');
  return (
    <span class={better === undefined ? '' : isGood ? 'good' : 'worse'}>
      {part > 0 ? '+' : ''}
      {percent(part, 1)}
    </span>
  );
}

type Entry = [name: string, key: keyof Summary, show: Show, better?: Figure['better']];

function figuresOf(runs: Run[], entries: Entry[]): Figure[] {
  return entries.map(([name, key, show, better]) => ({
    name,
    show,
    values: runs.map(({ summary }) => summary[key] as number | undefined),
    ...(better ? { better } : {}),
  }));
}

export function Heads({ runs }: { runs: Run[] }) {
  const words = text.value;
  const entries: Entry[] = [
    [words.jobs, 'jobs_total', count],
    [words.completed, 'jobs_completed', count, 'more'],
    [words.timedOut, 'jobs_timed_out', count, 'less'],
    [words.unfinished, 'jobs_unfinished', count, 'less'],
    [words.rejected, 'jobs_rejected', count],
    [words.makespan, 'makespan_s', duration, 'less'],
    [words.gpuHours, 'gpu_hours', count],
    [words.utilisation, 'utilisation', parts, 'more'],
    [words.load, 'offered_load', (value) => number(value, 3)],
    [words.peak, 'peak_pending', count, 'less'],
  ];
  return (
    <section>
      <h2>{words.heads}</h2>
      <ul class="runs">
        {runs.map(({ file, summary }, index) => (
          <li key={index}>
            <strong class="name">{nameOf(runs, index)}</strong>{' '}
            <span class="quiet">
              {file} · {words.policy} {summary.policy} · {words.seed} {summary.seed} · {words.digest}{' '}
              <code>{summary.digest}</code>
            </span>
          </li>
        ))}
      </ul>
      <FigureTable caption={words.heads} figures={figuresOf(runs, entries)} runs={runs} />
    </section>
  );
}

export function Waits({ runs }: { runs: Run[] }) {
  const words = text.value;
  const entries: Entry[] = [
    [words.mean, 'mean_wait_s', duration, 'less'],
    [words.p50, 'p50_wait_s', duration, 'less'],
    [words.p95, 'p95_wait_s', duration, 'less'],
    [words.p99, 'p99_wait_s', duration, 'less'],
    [words.slowdown, 'avg_bounded_slowdown', (value) => number(value, 3), 'less'],
  ];
  return (
    <section>
      <h2>{words.waits}</h2>
      <FigureTable caption={words.waits} figures={figuresOf(runs, entries)} runs={runs} />
    </section>
  );
}

export function Evictions({ runs }: { runs: Run[] }) {
  const words = text.value;
  const entries: Entry[] = [
    [words.times, 'evictions', count, 'less'],
    [words.swaps, 'swaps', count],
    [words.lostEvicted, 'lost_gpu_hours_evicted', some, 'less'],
    [words.lostFaults, 'lost_gpu_hours_faults', some, 'less'],
  ];
  const causes = namesOf(runs.map(({ summary }) => summary.evictions_by_cause));
  const byCause = causes.flatMap((cause): Figure[] => {
    const of = runs.map(({ summary }) => summary.evictions_by_cause[cause]);
    const name = words.causes[cause] ?? cause;
    return [
      { name: `${name}: ${words.times}`, values: of.map((one) => one?.times ?? 0), show: count, better: 'less' },
      { name: `${name}: ${words.lost}`, values: of.map((one) => one?.lost_gpu_hours ?? 0), show: some, better: 'less' },
    ];
  });
  return (
    <section>
      <h2>{words.evictions}</h2>
      <FigureTable caption={words.evictions} figures={[...figuresOf(runs, entries), ...byCause]} runs={runs} />
    </section>
  );
}

interface PartRow {
  name: string;
  of: (Part | undefined)[];
}

export function Parts({ runs, of }: { runs: Run[]; of: 'owners' | 'programmes' }) {
  const words = text.value;
  const names = namesOf(runs.map(({ summary }) => summary[of]));
  if (names.length === 0) return null;
  const rows: PartRow[] = names.map((name) => ({ name, of: runs.map(({ summary }) => summary[of]?.[name]) }));
  const column = (name: string, key: keyof Part, show: Show, better?: Figure['better']): Column<PartRow> => ({
    name,
    isNumber: true,
    cell: ({ of: both }) => {
      const values = both.map((part) => part?.[key]);
      return (
        <>
          {values.map((value, index) => (
            <div key={index} class={index === 0 && runs.length > 1 ? 'quiet' : ''}>
              {value === null ? words.noGuarantee : shown(value, show)}
              {index > 0 && better && (
                <>
                  {' '}
                  <Difference figure={{ values, better }} />
                </>
              )}
            </div>
          ))}
        </>
      );
    },
  });
  const columns: Column<PartRow>[] = [
    { name: words.name, cell: ({ name }) => <span class="name">{name}</span> },
    column(words.jobs, 'jobs', count),
    column(words.gpuHours, 'gpu_hours', count),
    column(words.ofGuarantee, 'utilisation', parts, 'more'),
    column(words.beyond, 'beyond_gpu_hours', count),
    column(words.p50, 'p50_wait_s', duration, 'less'),
    column(words.p95, 'p95_wait_s', duration, 'less'),
  ];
  const title = of === 'owners' ? words.owners : words.programmes;
  return (
    <section>
      <h2>{title}</h2>
      {runs.length === 2 && <p class="quiet">{runs.map((_, index) => nameOf(runs, index)).join(' / ')}</p>}
      <Table caption={title} columns={columns} rows={rows} keyOf={({ name }) => name} />
    </section>
  );
}
