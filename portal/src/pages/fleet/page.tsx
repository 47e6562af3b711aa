// The whole fleet as a map: what runs where, and whose it is.
import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { PageProps } from '../../app/pages.tsx';
import { query, setQuery } from '../../app/router.ts';
import { hasRole } from '../../app/session.ts';
import { common } from '../../i18n/common.ts';
import { language } from '../../i18n/language.ts';
import { onState, picture, version } from '../../live/live.ts';
import type { Picture } from '../../live/picture.ts';
import { modes, type Mode } from '../../map/classes.ts';
import { Colours } from '../../map/colours.ts';
import { nodesNamed } from '../../map/gang.ts';
import { isThere, layoutOf, placeOfNode, type Layout } from '../../map/layout.ts';
import { fromText, toText, type Place } from '../../map/place.ts';
import { tallies } from '../../map/tally.ts';
import { Loading } from '../../ui/trouble.tsx';
import { address, show } from './address.ts';
import { describe } from './described.ts';
import { Details } from './details.tsx';
import './fleet.css';
import { focusOf } from './focus.ts';
import { Legend } from './legend.tsx';
import { look } from './look.ts';
import { PoolsTable } from './pools_table.tsx';
import { Search } from './search.tsx';
import { Stage } from './stage.tsx';
import { text } from './text.ts';
import { Totals } from './totals.tsx';

export function Page(_: PageProps) {
  const now = picture.value;
  const words = text.value;
  return (
    <>
      <h1 class="hidden">{common.value.pages.fleet}</h1>
      {!now ? (
        <div class="aside">
          <Loading />
        </div>
      ) : now.estate.pools.length === 0 ? (
        <div class="aside">
          {hasRole('operator') ? (
            <p class="notice">{words.empty}</p>
          ) : (
            <p class="notice">
              {words.guest} <a href="/queue">{words.toQueue}</a>
            </p>
          )}
        </div>
      ) : (
        <Fleet picture={now} seesNodes={hasRole('operator')} />
      )}
    </>
  );
}

function placeOf(now: Picture, layout: Layout, written: string): Place {
  const place = fromText(now.estate, written);
  return place && isThere(layout, place) ? place : [];
}

// Other pages link to `/?node=NAME`.
function goToNamed(now: Picture, layout: Layout): void {
  const name = query.peek().get('node');
  if (name === null) return;
  const [node] = nodesNamed(now.estate, name, 1);
  const place = node === undefined ? null : placeOfNode(layout, now.estate, node);
  const written = place ? toText(now.estate, place) : '';
  setQuery({ node: null, at: written, pick: written });
}

function Fleet({ picture: now, seesNodes }: { picture: Picture; seesNodes: boolean }) {
  void version.value; // the picture is changed in place
  const { mode, at: atText, pick, job, only, isTable } = address.value;
  const layout = useMemo(() => layoutOf(now.estate, 1), [now]);
  const colours = useMemo(() => new Colours(now, seesNodes), [now, seesNodes]);
  const painted = `${mode} ${look.value} ${job} ${only} ${now.jobs.has(job)} ${language.value}`;
  useMemo(() => colours.show(mode, look.value, focusOf(now, job, only)), [colours, painted]);
  // At once, so that no state comes between.
  useLayoutEffect(() => onState((state, to) => to === now && colours.take(state)), [now, colours]);
  useLayoutEffect(() => goToNamed(now, layout), [now]);
  const all = tallies(now);
  const at = placeOf(now, layout, atText);
  const picked = placeOf(now, layout, pick);
  const selected = picked.length > 0 ? picked : null;
  return (
    <div class={isTable ? 'fleet of-table' : 'fleet'}>
      <div class="tools">
        <ModeChoice mode={mode} />
        <Search picture={now} layout={layout} />
        <button onClick={() => show({ isTable: !isTable })}>{isTable ? text.value.asMap : text.value.asTable}</button>
      </div>
      <div class="shown">
        {isTable ? (
          <div class="aside">
            <PoolsTable picture={now} all={all} seesNodes={seesNodes} />
          </div>
        ) : (
          <Stage {...{ picture: now, colours, layout, look: look.value, painted, at, selected, seesNodes }} />
        )}
      </div>
      <aside class="side">
        <div>
          <Totals picture={now} all={all} seesNodes={seesNodes} />
          <Details picture={now} layout={layout} place={selected} job={job} seesNodes={seesNodes} />
          <Legend picture={now} colours={colours} seesNodes={seesNodes} />
        </div>
      </aside>
      <Told {...{ now, layout, selected, seesNodes }} />
    </div>
  );
}

function ModeChoice({ mode }: { mode: Mode }) {
  const words = text.value;
  return (
    <label class="mode">
      {words.colourBy}
      <select value={mode} onChange={(event) => show({ mode: event.currentTarget.value as Mode, only: '' })}>
        {modes.map((one) => (
          <option key={one} value={one}>
            {words.modes[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

// For those who hear the page: what is selected.
function Told(props: { now: Picture; layout: Layout; selected: Place | null; seesNodes: boolean }) {
  void version.value;
  const { now, layout, selected, seesNodes } = props;
  const said = selected && describe(now, layout, selected, seesNodes);
  return (
    <p class="hidden" aria-live="polite">
      {said &&
        [said.title, said.state, said.job > 0 ? text.value.jobOf(String(said.job)) : '', said.tenant]
          .filter(Boolean)
          .join(', ')}
    </p>
  );
}
