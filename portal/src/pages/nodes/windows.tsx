// Windows, which operators open and withdraw.
import { useState } from 'preact/hooks';
import { get, remove } from '../../api/client.ts';
import { hasRole } from '../../app/session.ts';
import { duration, number, time } from '../../i18n/format.ts';
import { useFetched } from '../../live/fetched.ts';
import { Deed } from '../../ui/deed.tsx';
import { nodeHref, TenantLink } from '../../ui/links.tsx';
import { Part } from '../../ui/part.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { text } from './text.ts';
import type { Opened, Window } from './types.ts';
import { OpenWindow } from './window_form.tsx';

const nodesShown = 3;

export function Windows() {
  const words = text.value;
  const [opened, setOpened] = useState<Opened | null>(null);
  const windows = useFetched(
    'windows',
    (signal) => get<{ windows: Window[] }>('/v1/windows', {}, signal),
    () => true,
    30_000,
  );
  const isOperator = hasRole('operator');
  const withdraw = async (name: string) => {
    await remove(`/v1/windows/${encodeURIComponent(name)}`);
    if (opened?.window.name === name) setOpened(null);
    windows.again();
  };
  return (
    <section class="windows" id="windows">
      <h2>{words.windows}</h2>
      <p class="quiet">{words.windowsNote}</p>
      {isOperator && (
        <p>
          <OpenWindow
            done={(what) => {
              setOpened(what);
              windows.again();
            }}
          />
        </p>
      )}
      {opened && <Told opened={opened} />}
      <Part of={windows} who={words.whoWindows}>
        {(body) =>
          body.windows.length === 0 ? (
            <p class="quiet">{words.noWindows}</p>
          ) : (
            <WindowTable windows={body.windows} withdraw={isOperator ? withdraw : null} />
          )
        }
      </Part>
    </section>
  );
}

function Told({ opened }: { opened: Opened }) {
  const words = text.value;
  const { evicts = 0, shortest_notice_s: notice, gone_by: gone, window } = opened;
  const sentences = [
    words.opened(window.name ?? ''),
    evicts > 0 ? words.evicts(number(evicts)) : words.evictsNone,
    evicts > 0 && notice !== undefined && words.notice(duration(notice)),
    evicts > 0 && gone && words.goneBy(time(gone)),
  ];
  return (
    <p class="notice" role="status">
      {sentences.filter(Boolean).join(' ')}
    </p>
  );
}

function WindowTable(props: { windows: Window[]; withdraw: ((name: string) => Promise<void>) | null }) {
  const words = text.value;
  const { withdraw } = props;
  const columns: Column<Window>[] = [
    { name: words.window, cell: ({ name }) => <strong class="name">{name}</strong> },
    { name: words.purpose, cell: ({ purpose }) => words.purposes[purpose] ?? purpose },
    {
      name: words.state,
      cell: ({ is_open: open }) => (
        <span class={`badge ${open ? 'wait' : ''}`}>{open ? words.open : words.toCome}</span>
      ),
    },
    { name: words.from, cell: ({ from }) => time(from) },
    { name: words.until, cell: ({ until }) => time(until) },
    { name: words.nodes, cell: (window) => <NodesOf window={window} /> },
    { name: words.tenant, cell: ({ tenant }) => tenant && <TenantLink path={tenant} /> },
    { name: words.reason, cell: ({ reason }) => <span class="name">{reason}</span> },
  ];
  if (withdraw) {
    columns.push({
      name: words.deed,
      cell: ({ name }) =>
        name && <Deed name={words.withdraw} question={words.withdrawAsk(name)} isBad act={() => withdraw(name)} />,
    });
  }
  return (
    <Table caption={words.windows} columns={columns} rows={props.windows} keyOf={({ name, from }) => name ?? from} />
  );
}

function NodesOf({ window }: { window: Window }) {
  const names = (window.nodes ?? []).slice(0, nodesShown);
  const rest = window.node_count - names.length;
  return (
    <>
      {names.map((name) => (
        <div key={name}>
          <a class="name" href={nodeHref(name)}>
            {name}
          </a>
        </div>
      ))}
      {rest > 0 && (names.length > 0 ? text.value.more(number(rest)) : number(rest))}
    </>
  );
}
