// What is selected, and the job that is there.
import { get } from '../../api/client.ts';
import { common } from '../../i18n/common.ts';
import { duration, number, time } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { version } from '../../live/live.ts';
import type { Picture } from '../../live/picture.ts';
import { gangOf } from '../../map/gang.ts';
import type { Layout } from '../../map/layout.ts';
import { levels, toText, type Place } from '../../map/place.ts';
import { StateBadge } from '../../ui/badge.tsx';
import { show } from './address.ts';
import { describe, nameOf } from './described.ts';
import { text } from './text.ts';

interface Props {
  picture: Picture;
  layout: Layout;
  place: Place | null;
  job: number;
  seesNodes: boolean;
}

export function Details({ picture, layout, place, job, seesNodes }: Props) {
  void version.value; // the picture is changed in place
  const words = text.value;
  const here = place && describe(picture, layout, place, seesNodes);
  return (
    <section class={here || job > 0 ? 'details' : ''} aria-label={words.selected}>
      <h2>{words.selected}</h2>
      {!here && job === 0 && <p class="quiet note">{words.nothingSelected}</p>}
      {here && (
        <>
          <p class="title">
            {here.title} {here.state && <span class="quiet">{here.state}</span>}
          </p>
          <PlaceFacts picture={picture} layout={layout} place={place} />
        </>
      )}
      {job > 0 && <JobFacts key={job} picture={picture} layout={layout} job={job} />}
      {(here || job > 0) && (
        <div class="row">
          {here && (
            <button onClick={() => show({ at: toText(picture.estate, place.slice(0, levels.node)) })}>
              {words.zoomTo}
            </button>
          )}
          <button onClick={() => show({ pick: '', job: 0 })}>{words.unselect}</button>
        </div>
      )}
    </section>
  );
}

function PlaceFacts({ picture, layout, place }: { picture: Picture; layout: Layout; place: Place }) {
  const words = text.value;
  const { estate } = picture;
  const pool = estate.pools[place[1] ?? -1];
  const owners = pool?.owners.map(([tenant, amount]) => `${estate.tenants[tenant]!.path} ${number(amount)}`).join(', ');
  const facts: [string, string | undefined][] = [
    [words.node, place.length >= levels.node ? nameOf(picture, layout, place.slice(0, levels.node)) : undefined],
    [common.value.pool, pool?.path],
    [words.model, pool?.gpu_model],
    [words.owners, owners],
  ];
  return <Facts facts={facts} />;
}

function Facts({ facts }: { facts: [string, string | undefined][] }) {
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

interface Job {
  name?: string;
  tenant?: string;
  user?: string;
  state: string;
  outcome?: string;
  started?: string;
}

function JobFacts({ picture, layout, job }: { picture: Picture; layout: Layout; job: number }) {
  void version.value;
  const words = text.value;
  const { body, problem } = useFetched(
    `job ${job}`,
    (signal) => get<Job>(`/v1/jobs/${job}`, {}, signal),
    (state) => state.jobs.some((row) => row[0] === job),
  );
  const { cells, place } = gangOf(picture, layout, job);
  const now = Math.max(Date.now(), Date.parse(picture.now) || 0); // the picture's is that of its last change
  const since = body?.started ? (now - Date.parse(body.started)) / 1000 : null;
  return (
    <div class="card">
      <p class="title">
        <a href={`/jobs/${job}`}>{words.jobOf(String(job))}</a>{' '}
        {body && <StateBadge state={body.state} outcome={body.outcome} />}
      </p>
      <Facts
        facts={[
          [words.name, body?.name],
          [common.value.tenant, body?.tenant],
          [common.value.user, body?.user],
          [words.since, since === null ? undefined : `${time(body?.started)} (${common.value.ago(duration(since))})`],
          [words.devices, words.gang(number(cells))],
        ]}
      />
      {body && !body.tenant && <p class="quiet note">{words.noNames}</p>}
      {cells > 0 && <button onClick={() => show({ at: toText(picture.estate, place) })}>{words.wholeJob}</button>}
      {problem && (
        <p class="quiet note" lang="en">
          {problem.message}
        </p>
      )}
    </div>
  );
}
