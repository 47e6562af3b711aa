// The status of a grant or an application as a coloured word.
import { text } from './text.ts';

const looks: Record<string, string> = {
  active: 'run',
  awarded: 'run',
  warned: 'wait',
  waiting: 'wait',
  reduced: 'bad',
};

export function Status({ status }: { status: string }) {
  return <span class={`badge ${looks[status] ?? ''}`}>{text.value.statuses[status] ?? status}</span>;
}
