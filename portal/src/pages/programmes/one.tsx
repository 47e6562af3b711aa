// One programme: its rules, calls and grants.
import { common } from '../../i18n/common.ts';
import { TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { GrantsTable } from './grants_table.tsx';
import { Calls } from './list.tsx';
import { useCalls, useGrants, useProgrammes } from './read.ts';
import { overrunOf, Rules } from './rules.tsx';
import { text } from './text.ts';
import type { Programme } from './types.ts';

export function Crumbs({ programme }: { programme?: string }) {
  const all = common.value.pages.programmes;
  return (
    <nav class="crumbs" aria-label={all}>
      <a href="/programmes">{all}</a>
      {programme && (
        <>
          {' / '}
          <a href={`/programmes/${encodeURIComponent(programme)}`}>{programme}</a>
        </>
      )}
    </nav>
  );
}

export function One({ name }: { name: string }) {
  const words = text.value;
  const programmes = useProgrammes();
  return (
    <>
      <Crumbs />
      <h1 class="name">{name}</h1>
      <Part of={programmes} who={words.who}>
        {(body) => {
          const programme = body.programmes.find((one) => one.name === name);
          return programme ? <Known programme={programme} /> : <p class="notice">{words.unknownProgramme}</p>;
        }}
      </Part>
    </>
  );
}

function Known({ programme }: { programme: Programme }) {
  const words = text.value;
  const calls = useCalls();
  const grants = useGrants({ programme: programme.name });
  return (
    <>
      <dl class="terms">
        <dt>{words.tenant}</dt>
        <dd>
          <TenantLink path={programme.tenant} />
        </dd>
        <dt>{words.overrun}</dt>
        <dd>{overrunOf(programme)}</dd>
        <dt>{words.rules}</dt>
        <dd>
          <Rules of={programme} />
        </dd>
      </dl>
      <h2>{words.calls}</h2>
      <Part of={calls} who={words.whoCalls}>
        {(body) => <Calls calls={body.calls.filter((call) => call.programme === programme.name)} ofOne />}
      </Part>
      <h2>{words.grants}</h2>
      <Part of={grants} who={words.whoGrants}>
        {(body) => <GrantsTable grants={body.grants} leaveOut="programme" />}
      </Part>
    </>
  );
}
