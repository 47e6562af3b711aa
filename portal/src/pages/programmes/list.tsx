// All programmes, what things cost, and the calls.
import { common } from '../../i18n/common.ts';
import { credits } from '../../ledger/shown_credits.ts';
import { time } from '../../i18n/format.ts';
import { Figures } from '../../ui/figures.tsx';
import { ProgrammeLink, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { useCalls, useProgrammes } from './read.ts';
import { Calls } from './parts.tsx';
import { overrunOf, Rules } from './rules.tsx';
import { text } from './text.ts';
import type { Programme, Rates } from './types.ts';

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
            <p class="quiet">{words.noProgrammes}</p>
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
    { name: words.programme, cell: ({ name }) => <ProgrammeLink name={name} /> },
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
      <Figures of={Object.entries(rates.per_hour).map(([kind, rate]) => [kind, credits(rate)])} />
    </section>
  );
}
