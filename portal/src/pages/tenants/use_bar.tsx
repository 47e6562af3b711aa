// What is held as a bar: what is of the guarantee up to its mark, what is borrowed beyond.
import { number } from '../../i18n/format.ts';
import { picture } from '../../live/live.ts';
import { Meter } from '../../ui/meter.tsx';
import { mayBeOfAbove, type Choice, type Sum } from './quotas.ts';
import { text } from './text.ts';

type Held = Pick<Sum, 'held' | 'guarantee' | 'limit' | 'borrowed'>;

// Who has no guarantee of its own may hold within that of a tenant above: what it holds is not said to be borrowed.
export function isOfAbove(path: string, { guarantee }: Pick<Sum, 'guarantee'>, choice: Choice): boolean {
  return guarantee === 0 && mayBeOfAbove(picture.value?.estate ?? null, path, choice);
}

export function Use({ sum, path, choice }: { sum: Held; path: string; choice: Choice }) {
  const { held, guarantee, borrowed, limit } = sum;
  const words = text.value;
  const amount = (value: number) => number(value, 3);
  if (isOfAbove(path, sum, choice)) {
    return <Meter value={held} most={Math.max(held, limit ?? 0)} label={words.meterAbove(amount(held))} />;
  }
  // In several pools together some of the guarantee may be idle while something is borrowed elsewhere.
  const most = Math.max(guarantee + borrowed, limit ?? 0) || 1;
  const part = (value: number) => `${(100 * value) / most}%`;
  const label = words.meter(amount(held - borrowed), amount(guarantee), amount(borrowed));
  return (
    <div class="meter" role="img" aria-label={label} title={label}>
      <i style={{ width: part(held - borrowed) }} />
      {borrowed > 0 && <i class="over" style={{ left: part(guarantee), width: part(borrowed) }} />}
      {guarantee > 0 && guarantee < most && <b style={{ left: part(guarantee) }} />}
    </div>
  );
}
