// A job's state or outcome as a coloured word.
import { common } from '../i18n/common.ts';

const looks: Record<string, string> = {
  running: 'run',
  starting: 'run',
  pending: 'wait',
  held: 'wait',
  failed: 'bad',
  timed_out: 'bad',
  node_lost: 'bad',
};

export function StateBadge({ state, outcome }: { state: string; outcome?: string | undefined }) {
  const shown = outcome ?? state;
  const words = outcome ? common.value.outcome : common.value.jobState;
  return <span class={`badge ${looks[shown] ?? ''}`}>{words[shown] ?? shown}</span>;
}
