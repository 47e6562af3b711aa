// One call: its text, the applications that the caller may see, and what may be done.
import { hasRoleIn } from '../../app/roles.ts';
import { server } from '../../app/session.ts';
import { date, number } from '../../i18n/format.ts';
import { Part } from '../../ui/part.tsx';
import { Applications } from './applications.tsx';
import { Apply } from './apply.tsx';
import { documentOf } from './document.ts';
import { Crumbs } from './one.tsx';
import { useCall, useProgrammes } from './read.ts';
import { text } from './text.ts';
import type { Application, Call } from './types.ts';

export function CallPage({ programme, name }: { programme: string; name: string }) {
  const words = text.value;
  const call = useCall(name);
  const programmes = useProgrammes();
  const tenant = programmes.body?.programmes.find((one) => one.name === call.body?.programme)?.tenant;
  return (
    <>
      <Crumbs programme={programme} />
      <h1 class="name">
        {words.call} {name}
      </h1>
      <Part of={call} who={call.problem?.status === 404 ? words.unknownCall : words.whoCalls}>
        {(body) => <Known call={body} tenant={tenant} again={call.again} />}
      </Part>
    </>
  );
}

// `tenant`: that the programme is of, once it is known.
function Known({ call, tenant, again }: { call: Call; tenant: string | undefined; again: () => void }) {
  const words = text.value;
  const isOffice = tenant !== undefined && hasRoleIn(server.value?.grants ?? [], tenant, 'programme');
  const applications = call.applications ?? [];
  return (
    <>
      <p>
        <span class={`badge ${call.is_decided ? '' : 'run'}`}>{call.is_decided ? words.decided : words.open}</span>{' '}
        {words.from}: {date(call.from)}
      </p>
      <details open={applications.length === 0}>
        <summary>{words.callText}</summary>
        <pre tabIndex={0}>{documentOf(call.text ?? '')}</pre>
      </details>
      <h2>{words.applications}</h2>
      {!isOffice && !call.is_decided && <p class="quiet">{words.toBeTold}</p>}
      {applications.length > 0 ? (
        <Applications call={call} isOffice={isOffice} done={again} />
      ) : (
        <p class="quiet">{words.noApplications}</p>
      )}
      {isOffice && !call.is_decided && <Decision call={call.name} applications={applications} />}
      {!call.is_decided && tenant !== undefined && (
        <Apply call={call.name} text={call.text ?? ''} programmeTenant={tenant} done={again} />
      )}
    </>
  );
}

// Deciding takes a solver: the command line has one.
function Decision({ call, applications }: { call: string; applications: Application[] }) {
  const words = text.value;
  const reviewed = applications.filter(({ status }) => status !== 'filed').length;
  return (
    <section>
      <h2>{words.decide}</h2>
      <p>{words.decideHow}</p>
      <p>{words.decideReady(number(reviewed), number(applications.length))}</p>
      <p class="quiet">{words.decideDry}</p>
      <pre tabIndex={0}>{`dure call decide ${call} --dry-run`}</pre>
      <p class="quiet">{words.decideNow}</p>
      <pre tabIndex={0}>{`dure call decide ${call} --why '…'`}</pre>
    </section>
  );
}
