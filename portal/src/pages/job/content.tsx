// What it runs, and what it costs.
import type { Job } from '../../api/job.ts';
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
            {job.arguments!.map((argument, at) => (
              <li key={at}>
                <code>{argument}</code>
              </li>
            ))}
          </ol>
        </>
      )}
      <dl class="pairs">
        {job.directory && (
          <>
            <dt>{words.directory}</dt>
            <dd class="mono">{job.directory}</dd>
          </>
        )}
        {job.output && (
          <>
            <dt>{words.output}</dt>
            <dd class="mono">{job.output}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

export function Eviction({ job }: { job: Job }) {
  const words = text.value;
  const { eviction } = job;
  if (!eviction) return null;
  return (
    <section class="card">
      <h2>{words.eviction}</h2>
      <p>
        {words.causes[eviction.cause] ?? eviction.cause}
        {eviction.job !== undefined && (
          <>
            {' · '}
            <a href={`/jobs/${eviction.job}`}>{words.for(eviction.job, eviction.tenant ?? '')}</a>
          </>
        )}
      </p>
      <p class="quiet small" lang="en">
        {eviction.detail}
      </p>
    </section>
  );
}

export function Credits({ job }: { job: Job }) {
  const words = text.value;
  const { credits } = job;
  if (!credits) return null;
  const names = ['held', 'per_hour', 'charged', 'waived'] as const;
  return (
    <section class="card">
      <h2>{words.credits}</h2>
      <dl class="figures">
        {names.map(
          (name) =>
            credits[name] !== undefined && (
              <div key={name}>
                <dt>{words.creditsOf[name]}</dt>
                <dd>{credits[name]}</dd>
              </div>
            ),
        )}
      </dl>
      {credits.is_borrowed && <p>{words.borrowed}</p>}
      {credits.waived_for && <p class="quiet">{words.waivers[credits.waived_for] ?? credits.waived_for}</p>}
    </section>
  );
}
