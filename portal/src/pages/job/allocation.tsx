// What it holds, node by node.
import { useState } from 'preact/hooks';
import type { Job } from '../../api/job.ts';
import { hasRole } from '../../app/session.ts';
import { percent } from '../../i18n/format.ts';
import { byNode, rangesOf } from '../../jobs/devices.ts';
import { text } from './text.ts';

const few = 24;

export function Allocation({ job }: { job: Job }) {
  const words = text.value;
  const [isWhole, setWhole] = useState(false);
  if (!job.where && !job.devices) return null;
  const nodes = byNode(job.devices ?? []);
  const shown = isWhole ? nodes : nodes.slice(0, few);
  const holds = job.state !== 'ended';
  return (
    <section class="card">
      <h2>{holds ? words.allocation : words.ranAt}</h2>
      <p>
        {job.pool && <span>{job.pool}: </span>}
        <span class="mono">{job.where}</span>
      </p>
      {shown.length > 0 && (
        <ul class="held-nodes">
          {shown.map(({ node, gpus, share }) => (
            <li key={node}>
              {hasRole('operator') ? <a href={`/nodes/${node}`}>{node}</a> : <span>{node}</span>}
              <span class="quiet">
                GPU {rangesOf(gpus)}
                {share < 1 && ` (${words.share(percent(share, 1))})`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div class="acts">
        {nodes.length > shown.length && <button onClick={() => setWhole(true)}>{words.allNodes(nodes.length)}</button>}
        {holds && (
          <a class="button" href={`/?job=${job.id}`}>
            {words.onMap}
          </a>
        )}
      </div>
    </section>
  );
}
