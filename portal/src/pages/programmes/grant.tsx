// One grant: its use against time, its lots, what happened to it, and what may be done with it.
import { hasRoleFor } from '../../app/session.ts';
import { credits } from '../../ledger/shown_credits.ts';
import { date, number, percent, time } from '../../i18n/format.ts';
import { Facts, Figures } from '../../ui/figures.tsx';
import { callHref, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { GrantDeeds } from './grant_deeds.tsx';
import { Pace } from '../../ledger/grants_table.tsx';
import { ProgrammeCrumbs } from './parts.tsx';
import { paceOf } from '../../ledger/pace.ts';
import { useGrant, useProgrammes } from './read.ts';
import { Status } from '../../ledger/status.tsx';
import { text } from './text.ts';
import { Steps } from './steps.tsx';
import type { Award, Lot } from '../../ledger/types.ts';

export function GrantPage({ programme, id }: { programme: string; id: string }) {
  const words = text.value;
  const grant = useGrant(id);
  const programmes = useProgrammes();
  const office = programmes.body?.programmes.find(({ name }) => name === grant.body?.programme)?.tenant;
  return (
    <>
      <ProgrammeCrumbs programme={programme} />
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
  const pace = paceOf(award, Date.now());
  const { cards, cards_awarded: before } = award;
  const cardsShown =
    cards !== undefined && (before === undefined ? number(cards) : words.cardsNow(number(cards), number(before)));
  return (
    <>
      <Facts
        of={[
          [words.status, <Status status={award.status} />],
          [words.tenant, <TenantLink path={award.tenant} />],
          [words.term, `${time(award.from)} – ${time(award.to)}`],
          [words.kinds, award.kinds.join(', ') || words.anyKind],
          cards !== undefined && [words.cards, cardsShown],
          award.call && [
            words.ofCall,
            <a href={callHref(award.programme, award.call)}>
              {award.call}, {award.application}
            </a>,
          ],
          [
            words.pace,
            <>
              <Pace award={award} />
              {words.paceLabel(percent(pace.used, 1), percent(pace.elapsed, 1))}
              {pace.isBehind && `, ${words.behind}`}
            </>,
          ],
        ]}
      />
      <Figures
        of={[
          [words.awarded, credits(award.awarded)],
          [words.used, credits(award.used)],
          [words.free, credits(award.free)],
          [words.setAside, credits(award.held)],
          [words.spent, credits(award.spent)],
          [words.waived, credits(award.waived)],
          [words.lapsed, credits(award.lapsed)],
        ]}
      />
      <NoticeBox award={award} />
      <GrantDeeds
        award={award}
        mayRun={office !== undefined && hasRoleFor(office, 'programme')}
        mayAppeal={hasRoleFor(award.tenant, 'member', 'owner')}
        done={again}
      />
      <h2>{words.lots}</h2>
      <Lots lots={award.lots ?? []} />
      <h2>{words.happened}</h2>
      <Steps of={award.steps ?? []} />
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
    { name: words.from, look: 'short', cell: ({ from }) => date(from) },
    { name: words.until, look: 'short', cell: ({ to }) => date(to) },
    { name: words.state, cell: ({ state }) => words.lotStates[state] ?? state },
    { name: words.awarded, isNumber: true, cell: ({ awarded }) => credits(awarded) },
    { name: words.free, isNumber: true, cell: ({ free }) => credits(free) },
    { name: words.setAside, isNumber: true, cell: ({ held }) => credits(held) },
    { name: words.spent, isNumber: true, cell: ({ spent }) => credits(spent) },
    { name: words.lapsed, isNumber: true, cell: ({ lapsed }) => credits(lapsed) },
  ];
  return <Table caption={words.lots} columns={columns} rows={numbered} keyOf={(lot) => lot.number} />;
}
