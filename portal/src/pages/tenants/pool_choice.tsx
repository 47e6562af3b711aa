// Which pools are counted: one, or all of a unit. It lies in the address.
import { query, setQuery } from '../../app/router.ts';
import { Choice as List, type Option } from '../../ui/choice.tsx';
import type { Choice } from './quotas.ts';
import { text } from './text.ts';
import type { Quota } from './types.ts';

type Pool = Pick<Quota, 'pool' | 'unit'>;

const unitsOf = (pools: Pool[]) => [...new Set(pools.map(({ unit }) => unit))].sort().reverse(); // GPUs first

export function choiceOf(pools: Pool[]): Choice {
  const wanted = query.value.get('pool');
  if (wanted && pools.some(({ pool }) => pool === wanted)) return { pool: wanted };
  const units = unitsOf(pools);
  return { unit: units.find((unit) => unit === wanted) ?? units[0] ?? 'GPUs' };
}

export const unitOf = (pools: Pool[], choice: Choice) =>
  'unit' in choice ? choice.unit : (pools.find(({ pool }) => pool === choice.pool)?.unit ?? 'GPUs');

export function PoolChoice({ pools, choice }: { pools: Pool[]; choice: Choice }) {
  const words = text.value;
  if (pools.length < 2) return null;
  const options: Option[] = [
    ...unitsOf(pools).map((unit): Option => [unit, words.allIn(words.unit[unit] ?? unit)]),
    ...pools.map(({ pool }): Option => [pool, pool]),
  ];
  return (
    <List
      label={words.counted}
      value={'pool' in choice ? choice.pool : choice.unit}
      options={options}
      set={(pool) => setQuery({ pool })}
    />
  );
}
