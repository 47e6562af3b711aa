// What it runs.
import type { Job } from '../../api/job.ts';
import { Facts } from '../../ui/figures.tsx';
import { text } from './text.ts';

export function Content({ job }: { job: Job }) {
  const words = text.value;
  if (job.script === undefined) return <p class="quiet">{words.contentHidden}</p>;
  return (
    <section class="card">
      <h2>{words.content}</h2>
      <h3 class="small quiet">{words.script}</h3>
      <pre class="script" tabIndex={0}>
        {job.script}
      </pre>
      {(job.arguments?.length ?? 0) > 0 && (
        <>
          <h3 class="small quiet">{words.arguments}</h3>
          <ol class="arguments">
            {job.arguments?.map((argument, at) => (
              <li key={at}>
                <code>{argument}</code>
              </li>
            ))}
          </ol>
        </>
      )}
      <Facts
        of={[
          job.directory && [words.directory, <span class="mono">{job.directory}</span>],
          job.output && [words.output, <span class="mono">{job.output}</span>],
        ]}
      />
    </section>
  );
}
