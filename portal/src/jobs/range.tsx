// When a job starts, as a range on a line: from p10 to p90, with p50 and what is promised marked.
import './range.css';
import type { Marks } from './interval.ts';

export function Range({ marks, label }: { marks: Marks; label: string }) {
  const at = (part: number) => `${(100 * part).toFixed(2)}%`;
  const { low, high, middle, promise, isOpen } = marks;
  const hasForecast = middle !== null || high > low || isOpen;
  return (
    <div class="range" role="img" aria-label={label} title={label}>
      {hasForecast && (
        <i class={isOpen ? 'open' : ''} style={{ left: at(low), width: at(Math.max(high - low, 0.005)) }} />
      )}
      {middle !== null && <b style={{ left: at(middle) }} />}
      {promise !== null && <u style={{ left: at(promise) }} />}
    </div>
  );
}
