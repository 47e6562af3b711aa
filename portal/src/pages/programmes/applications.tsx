// The applications of a call, with what was said of each.
import { query, setQuery } from '../../app/router.ts';
import { post } from '../../api/client.ts';
import { number } from '../../i18n/format.ts';
import { Deed } from '../../ui/deed.tsx';
import { TenantLink } from '../../ui/links.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { documentOf } from './document.ts';
import { textOf, Why } from './fields.tsx';
import { Status } from './status.tsx';
import { text } from './text.ts';
import { Timeline } from './timeline.tsx';
import type { Application, Booked, Call } from './types.ts';

interface Props {
  call: Call;
  isOffice: boolean;
  done: () => void;
}

const sorts: Record<string, (a: Application, b: Application) => number> = {
  score: (a, b) => Number(b.score ?? -1) - Number(a.score ?? -1),
  status: (a, b) => a.status.localeCompare(b.status),
};

export function Applications({ call, isOffice, done }: Props) {
  const words = text.value;
  const sort = query.value.get('sort') ?? '';
  const applications = [...(call.applications ?? [])];
  if (sorts[sort]) applications.sort(sorts[sort]);
  const columns: Column<Application>[] = [
    { name: words.name, cell: ({ name }) => <strong class="name">{name}</strong> },
    { name: words.tenant, cell: ({ tenant }) => <TenantLink path={tenant} /> },
    {
      name: words.asks,
      cell: ({ asks }) => asks.map(({ kind, cards }) => `${number(cards)} ${kind}`).join(` ${words.or} `) || '–',
    },
    { name: words.months, isNumber: true, cell: ({ months }) => number(months) },
    { name: words.status, sort: 'status', cell: ({ status }) => <Status status={status} /> },
    { name: words.score, sort: 'score', isNumber: true, cell: ({ score }) => score ?? '' },
    { name: words.reason, cell: ({ why_not: why }) => why && <span lang="en">{why}</span> },
    { name: words.detail, cell: (application) => <Detail {...{ call, application, isOffice, done }} /> },
  ];
  return (
    <Table
      caption={words.applications}
      columns={columns}
      rows={applications}
      keyOf={({ name }) => name}
      sort={sort}
      onSort={(next) => setQuery({ sort: next === sort ? null : next })}
    />
  );
}

function Detail({ call, application, isOffice, done }: Props & { application: Application }) {
  const words = text.value;
  const { name } = application;
  const review = async (fields: FormData) => {
    const body = { score: textOf(fields, 'score'), why: textOf(fields, 'why') };
    await post<Booked>(
      `/v1/calls/${encodeURIComponent(call.name)}/applications/${encodeURIComponent(name)}/review`,
      body,
    );
    done();
  };
  return (
    <>
      {isOffice && !call.is_decided && (
        <Deed name={words.review} question={words.reviewAsk(name)} act={review}>
          <label>
            {words.score}
            <input
              name="score"
              required
              inputMode="decimal"
              pattern="\d+(\.\d{1,2})?"
              defaultValue={application.score ?? ''}
              autocomplete="off"
            />
          </label>
          <Why />
          <pre class="wide" tabIndex={0}>
            {documentOf(application.text)}
          </pre>
        </Deed>
      )}
      <details>
        <summary>{words.textAndSteps}</summary>
        {application.by && (
          <p class="quiet">
            {words.appliedBy}: {application.by}
          </p>
        )}
        <pre tabIndex={0}>{documentOf(application.text)}</pre>
        {application.steps && <Timeline steps={application.steps} namesMissing={!isOffice} />}
      </details>
    </>
  );
}
