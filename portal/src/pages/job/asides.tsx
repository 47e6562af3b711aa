// What stands beside: why it was evicted last, and what it costs.
import type { Job } from '../../api/job.ts';
import { credits as shown } from '../../ledger/shown_credits.ts';
import { Figures } from '../../ui/figures.tsx';
import { JobLink } from '../../ui/links.tsx';
import { text } from './text.ts';

export function Eviction({ job: { eviction } }: { job: Job }) {
  const words = text.value;
  if (!eviction) return null;
  return (
    <section class="card">
      <h2>{words.eviction}</h2>
      <p>
        {words.evictedBecause[eviction.cause] ?? eviction.cause}
        {eviction.job !== undefined && (
          <>
            {' · '}
            <JobLink job={eviction.job}>{words.for(eviction.job, eviction.tenant ?? '')}</JobLink>
          </>
        )}
      </p>
      <p class="quiet small" lang="en">
        {eviction.detail}
      </p>
    </section>
  );
}

export function Credits({ job: { credits } }: { job: Job }) {
  const words = text.value;
  if (!credits) return null;
  const { held, per_hour: perHour, charged, waived, waived_for: cause } = credits;
  return (
    <section class="card">
      <h2>{words.credits}</h2>
      <Figures
        of={[
          held !== undefined && [words.setAside, shown(held)],
          perHour !== undefined && [words.perHour, shown(perHour)],
          charged !== undefined && [words.charged, shown(charged)],
          waived !== undefined && [words.notCharged, shown(waived)],
        ]}
      />
      {credits.is_borrowed && <p>{words.isBorrowed}</p>}
      {cause && <p class="quiet">{words.causes[cause] ?? cause}</p>}
    </section>
  );
}
