// What several of these pages show: the way back, and calls.
import { common } from '../../i18n/common.ts';
import { date, number } from '../../i18n/format.ts';
import { callHref, NameLink, ProgrammeLink } from '../../ui/links.tsx';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Table } from '../../ui/table.tsx';
import { text } from './text.ts';
import type { Call } from './types.ts';

export function ProgrammeCrumbs({ programme }: { programme?: string }) {
  return (
    <Crumbs name={common.value.pages.programmes} href="/programmes">
      {programme && <ProgrammeLink name={programme} />}
    </Crumbs>
  );
}

export function CallState({ call }: { call: Call }) {
  const words = text.value;
  return <span class={`badge ${call.is_decided ? '' : 'run'}`}>{call.is_decided ? words.decided : words.open}</span>;
}

export function Calls({ calls, ofOne }: { calls: Call[]; ofOne?: boolean }) {
  const words = text.value;
  const isCounted = calls.some(({ application_count }) => application_count !== undefined);
  return (
    <Table<Call>
      caption={words.calls}
      columns={[
        {
          name: words.call,
          cell: ({ programme, name }) => <NameLink href={callHref(programme, name)}>{name}</NameLink>,
        },
        !ofOne && { name: words.programme, cell: ({ programme }) => <ProgrammeLink name={programme} /> },
        { name: words.state, cell: (call) => <CallState call={call} /> },
        { name: words.from, look: 'short', cell: ({ from }) => date(from) },
        isCounted && {
          name: words.applications,
          isNumber: true,
          cell: ({ application_count: count }) => count !== undefined && number(count),
        },
      ]}
      rows={calls}
      keyOf={({ name }) => name}
    />
  );
}
