// What was held over time as a line, with the guarantee as another.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../../app/theme.ts';
import { number } from '../../i18n/format.ts';
import { language } from '../../i18n/language.ts';
import type { Series } from './series.ts';

interface Props {
  series: Series;
  label: string;
  names: { held: string; guarantee: string; time: string };
}

const height = 220;
const shortest = 600; // seconds that are shown at least
const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720];
const times = minutes.map((minute) => 60 * minute);
const steps = [1, 10, 100, 1000, 10_000, 100_000].flatMap((step) => [step, 2 * step, 5 * step]);

export function Chart({ series, label, names }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const look = `${theme.value} ${language.value}`;
  const data = (): uPlot.AlignedData => [series.times, series.held, series.times.map(() => series.guarantee)];

  useEffect(() => {
    const at = place.current!;
    const made = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(at, names), data(), at);
    };
    made();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: at.clientWidth, height }));
    sizes.observe(at);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', made);
    return () => {
      sizes.disconnect();
      dark.removeEventListener('change', made);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [look]);
  useEffect(() => plot.current?.setData(data()), [series]);

  return <div class="chart" ref={place} role="img" aria-label={label} />;
}

function clock(seconds: number): string {
  const at = new Date(seconds * 1000);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

function options(at: HTMLElement, names: Props['names']): uPlot.Options {
  const style = getComputedStyle(at);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--rule') }, ticks: { stroke: colour('--rule') } };
  const amount = (_: uPlot, value: number | null) => (value === null ? '–' : number(value, 3));
  return {
    width: at.clientWidth,
    height,
    cursor: { y: false },
    scales: {
      x: { range: ({ data: [times] }) => [Math.min(times[0]!, times.at(-1)! - shortest), times.at(-1)!] },
      y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.05] },
    },
    axes: [
      { ...axis, incrs: times, space: 60, values: (_, values) => values.map(clock) },
      { ...axis, size: 72, incrs: steps, values: (_, values) => values.map((value) => number(value)) },
    ],
    series: [
      { label: names.time, value: '{YYYY}-{MM}-{DD} {HH}:{mm}' },
      { label: names.held, stroke: colour('--run'), fill: colour('--faint'), width: 2, value: amount },
      {
        label: names.guarantee,
        stroke: colour('--ink'),
        width: 1.5,
        dash: [6, 4],
        value: amount,
        points: { show: false },
      },
    ],
  };
}
