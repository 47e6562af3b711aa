// The state of a node, why it is so, and which of its GPUs failed.
import { common } from '../../i18n/common.ts';
import { text } from './text.ts';
import type { Node } from './types.ts';

export function NodeState({ node }: { node: Node }) {
  const words = text.value;
  const { state, reason, sick_gpus: sick = [] } = node;
  const look = state === 'lost' ? 'bad' : state === 'drained' ? 'wait' : '';
  // What the policy drained says so in its reason.
  const isQuarantined = state === 'drained' && reason?.startsWith('quarantine:');
  return (
    <>
      <span class={`badge ${look}`}>{common.value.node[state] ?? state}</span>
      {isQuarantined && <span class="badge bad">{words.quarantined}</span>}
      {sick.length > 0 && <div class="bad">{words.failedOf(sick.join(', '))}</div>}
      {reason && (
        <div class="quiet lines" lang="en">
          {reason}
        </div>
      )}
    </>
  );
}
