// What the page shows of itself, as its address says it.
import { computed } from '@preact/signals';
import { query, setQuery } from '../../app/router.ts';
import { modes, type Mode } from '../../map/classes.ts';

export interface Address {
  mode: Mode;
  at: string; // what is zoomed to
  pick: string; // what is selected
  job: number; // whose devices stand out; 0: none
  only: string; // a tenant, or a kind of cell, that stands out
  isTable: boolean;
}

export const address = computed<Address>(() => {
  const asked = query.value;
  const job = asked.get('job') ?? '';
  return {
    mode: modes.find((mode) => mode === asked.get('mode')) ?? 'tenant',
    at: asked.get('at') ?? '',
    pick: asked.get('pick') ?? '',
    job: /^\d{1,10}$/.test(job) ? Number(job) : 0,
    only: asked.get('only') ?? '',
    isTable: asked.get('view') === 'table',
  };
});

export function show(change: Partial<Address>): void {
  const next: Record<string, string | null> = {};
  if (change.mode !== undefined) next.mode = change.mode === 'tenant' ? null : change.mode;
  if (change.at !== undefined) next.at = change.at;
  if (change.pick !== undefined) next.pick = change.pick;
  if (change.job !== undefined) next.job = change.job ? String(change.job) : null;
  if (change.only !== undefined) next.only = change.only;
  if (change.isTable !== undefined) next.view = change.isTable ? 'table' : null;
  setQuery(next);
}
