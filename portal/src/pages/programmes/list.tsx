// All programmes, what things cost, and the calls.
import { common } from '../../i18n/common.ts';
import { credits } from '../../i18n/credits.ts';
import { date, number, time } from '../../i18n/format.ts';
import { callHref, programmeHref, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { useCalls, useProgrammes } from './read.ts';
import { overrunOf, Rules } from './rules.tsx';
import { text } from './text.ts';
import type { Call, Programme, Rates } from './types.ts';

export function List() {
  const words = text.value;
  const programmes = useProgrammes();
  const calls = useCalls();
  return (
    <>
      <h1>{common.value.pages.programmes}</h1>
      <Part of={programmes} who={words.who}>
        {(body) =>
          body.programmes.length === 0 && body.rates.length === 0 ? (
            <p class="quiet">{words.none}</p>
          ) : (
            <>
              <Programmes programmes={body.programmes} />
              <h2>{words.rates}</h2>
              {body.rates.map((rates, index) => (
                <RateTable key={rates.from} rates={rates} isNow={index === 0} />
              ))}
            </>
          )
        }
      </Part>
      <h2>{words.calls}</h2>
      <Part of={calls} who={words.whoCalls}>
        {(body) => <Calls calls={body.calls} />}
      </Part>
    </>
  );
}

function Programmes({ programmes }: { programmes: Programme[] }) {
  const words = text.value;
  const columns: Column<Programme>[] = [
    {
      name: words.programme,
      cell: ({ name }) => (
        <a class="name" href={programmeHref(name)}>
          {name}
        </a>
      ),
    },
    { name: words.tenant, cell: ({ tenant }) => <TenantLink path={tenant} /> },
    { name: words.overrun, cell: overrunOf },
    { name: words.rules, cell: (programme) => <Rules of={programme} /> },
  ];
  return <Table caption={words.programme} columns={columns} rows={programmes} keyOf={({ name }) => name} />;
}

function RateTable({ rates, isNow }: { rates: Rates; isNow: boolean }) {
  const words = text.value;
  return (
    <section>
      <p class="quiet">{isNow ? words.ratesNow(time(rates.from)) : words.ratesFrom(time(rates.from))}</p>
      <dl class="figures">
        {Object.entries(rates.per_hour).map(([kind, rate]) => (
          <div key={kind}>
            <dt class="name">{kind}</dt>
            <dd>{credits(rate)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Calls({ calls, ofOne }: { calls: Call[]; ofOne?: boolean }) {
  const words = text.value;
  const ofProgramme: Column<Call> = {
    name: words.programme,
    cell: ({ programme }) => <span class="name">{programme}</span>,
  };
  const columns: Column<Call>[] = [
    {
      name: words.call,
      cell: ({ programme, name }) => (
        <a class="name" href={callHref(programme, name)}>
          {name}
        </a>
      ),
    },
    ...(ofOne ? [] : [ofProgramme]),
    {
      name: words.state,
      cell: ({ is_decided }) => (
        <span class={`badge ${is_decided ? '' : 'run'}`}>{is_decided ? words.decided : words.open}</span>
      ),
    },
    { name: words.from, cell: ({ from }) => <span class="short">{date(from)}</span> },
  ];
  if (calls.some(({ application_count }) => application_count !== undefined)) {
    columns.push({
      name: words.applications,
      isNumber: true,
      cell: ({ application_count }) => (application_count === undefined ? '' : number(application_count)),
    });
  }
  return <Table caption={words.calls} columns={columns} rows={calls} keyOf={({ name }) => name} />;
}
