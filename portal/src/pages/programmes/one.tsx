// One programme: its rules, calls and grants.
import { useGrants } from '../../ledger/read.ts';
import { Facts } from '../../ui/figures.tsx';
import { TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { GrantsTable } from '../../ledger/grants_table.tsx';
import { Calls, ProgrammeCrumbs } from './parts.tsx';
import { useCalls, useProgrammes } from './read.ts';
import { overrunOf, Rules } from './rules.tsx';
import { text } from './text.ts';
import type { Programme } from './types.ts';

export function One({ name }: { name: string }) {
  const words = text.value;
  const programmes = useProgrammes();
  return (
    <>
      <ProgrammeCrumbs />
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
      <Facts
        of={[
          [words.tenant, <TenantLink path={programme.tenant} />],
          [words.overrun, overrunOf(programme)],
          [words.rules, <Rules of={programme} />],
        ]}
      />
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
