// Draining a node, with the reason for it, and giving it work again.
import { post } from '../../api/client.ts';
import { hasRole } from '../../app/session.ts';
import { Deed } from '../../ui/deed.tsx';
import { text } from './text.ts';
import type { Node } from './types.ts';

export function NodeDeeds({ node, done }: { node: Node; done: () => void }) {
  const words = text.value;
  if (!hasRole('operator')) return null;
  const route = `/v1/nodes/${encodeURIComponent(node.name)}`;
  const drain = async (fields: FormData) => {
    await post(`${route}/drain`, { reason: String(fields.get('reason')).trim() });
    done();
  };
  const resume = async () => {
    await post(`${route}/resume`);
    done();
  };
  if (node.state === 'drained') {
    return <Deed name={words.resume} question={words.resumeAsk(node.name)} act={resume} />;
  }
  return (
    <Deed name={words.drain} question={words.drainAsk(node.name)} act={drain} isBad>
      <label class="wide">
        {words.reason}
        <input name="reason" required maxLength={1000} autocomplete="off" />
      </label>
    </Deed>
  );
}
