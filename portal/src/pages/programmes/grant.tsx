// One grant: its use against time, its lots, what happened to it, and what may be done with it.
import { server } from '../../app/session.ts';
import { hasRoleIn } from '../../app/roles.ts';
import { credits } from '../../i18n/credits.ts';
import { date, number, percent, time } from '../../i18n/format.ts';
import { Figures } from '../../ui/figures.tsx';
import { callHref, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { GrantDeeds } from './grant_deeds.tsx';
import { Pace } from './grants_table.tsx';
import { Crumbs } from './one.tsx';
import { paceOf } from './pace.ts';
import { useGrant, useProgrammes } from './read.ts';
import { Status } from './status.tsx';
import { text } from './text.ts';
import { Timeline } from './timeline.tsx';
import type { Award, Lot } from './types.ts';

export function GrantPage({ programme, id }: { programme: string; id: string }) {
  const words = text.value;
  const grant = useGrant(id);
  const programmes = useProgrammes();
  const office = programmes.body?.programmes.find(({ name }) => name === grant.body?.programme)?.tenant;
  return (
    <>
      <Crumbs programme={programme} />
      <h1>
        {words.grant} {id}
      </h1>
      <Part of={grant} who={grant.problem?.status === 404 ? words.unknownGrant : words.whoGrants}>
        {(body) => <Known award={body} office={office} again={grant.again} />}
      </Part>
    </>
  );
}

function Known({ award, office, again }: { award: Award; office: string | undefined; again: () => void }) {
  const words = text.value;
  const grants = server.value?.grants ?? [];
  const pace = paceOf(award, Date.now());
  const { cards, cards_awarded: cardsAwarded } = award;
  return (
    <>
      <dl class="terms">
        <dt>{words.status}</dt>
        <dd>
          <Status status={award.status} />
        </dd>
        <dt>{words.tenant}</dt>
        <dd>
          <TenantLink path={award.tenant} />
        </dd>
        <dt>
          {words.from} – {words.until}
        </dt>
        <dd>
          {time(award.from)} – {time(award.to)}
        </dd>
        <dt>{words.kinds}</dt>
        <dd>{award.kinds.join(', ') || words.anyKind}</dd>
        {cards !== undefined && (
          <>
            <dt>{words.cards}</dt>
            <dd>{cardsAwarded === undefined ? number(cards) : words.cardsNow(number(cards), number(cardsAwarded))}</dd>
          </>
        )}
        {award.call && (
          <>
            <dt>{words.ofCall}</dt>
            <dd>
              <a href={callHref(award.programme, award.call)}>
                {award.call}, {award.application}
              </a>
            </dd>
          </>
        )}
        <dt>{words.pace}</dt>
        <dd>
          <Pace award={award} />
          {words.paceLabel(percent(pace.used, 1), percent(pace.elapsed, 1))}
          {pace.isBehind && `, ${words.behind}`}
        </dd>
      </dl>
      <Figures
        of={[
          [words.awarded, credits(award.awarded)],
          [words.used, credits(award.used)],
          [words.free, credits(award.free)],
          [words.held, credits(award.held)],
          [words.spent, credits(award.spent)],
          [words.waived, credits(award.waived)],
          [words.lapsed, credits(award.lapsed)],
        ]}
      />
      <NoticeBox award={award} />
      <GrantDeeds
        award={award}
        mayRun={office !== undefined && hasRoleIn(grants, office, 'programme')}
        mayAppeal={hasRoleIn(grants, award.tenant, 'member', 'owner')}
        done={again}
      />
      <h2>{words.lots}</h2>
      <Lots lots={award.lots ?? []} />
      <h2>{words.steps}</h2>
      <Timeline steps={award.steps ?? []} />
    </>
  );
}

function NoticeBox({ award: { notice } }: { award: Award }) {
  const words = text.value;
  if (!notice) return null;
  const { at_percent: at, least_percent: least, appeal_until: until } = notice;
  return (
    <div class="notice">
      <p>
        {at !== undefined && least !== undefined
          ? words.notice(percent(at / 100), percent(least / 100))
          : words.noticeShort}
      </p>
      <p>{notice.appeal === 'none' ? until && words.appealUntil(time(until)) : words.appeals[notice.appeal]}</p>
    </div>
  );
}

function Lots({ lots }: { lots: Lot[] }) {
  const words = text.value;
  const numbered = lots.map((lot, index) => ({ ...lot, number: index + 1 }));
  const columns: Column<Lot & { number: number }>[] = [
    { name: words.lot, isNumber: true, cell: (lot) => number(lot.number) },
    { name: words.from, cell: ({ from }) => <span class="short">{date(from)}</span> },
    { name: words.until, cell: ({ to }) => <span class="short">{date(to)}</span> },
    { name: words.state, cell: ({ state }) => words.lotStates[state] ?? state },
    { name: words.awarded, isNumber: true, cell: ({ awarded }) => credits(awarded) },
    { name: words.free, isNumber: true, cell: ({ free }) => credits(free) },
    { name: words.held, isNumber: true, cell: ({ held }) => credits(held) },
    { name: words.spent, isNumber: true, cell: ({ spent }) => credits(spent) },
    { name: words.lapsed, isNumber: true, cell: ({ lapsed }) => credits(lapsed) },
  ];
  return <Table caption={words.lots} columns={columns} rows={numbered} keyOf={(lot) => lot.number} />;
}
