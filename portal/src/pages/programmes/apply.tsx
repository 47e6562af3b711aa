// A form to apply with, for members and owners of tenants that the programme is for.
import { useState } from 'preact/hooks';
import { get, post, Problem } from '../../api/client.ts';
import { hasRoleIn, isWithin } from '../../app/roles.ts';
import { server } from '../../app/session.ts';
import { useFetched } from '../../live/fetched.ts';
import { Refusal } from '../../ui/deed.tsx';
import { bodyOf, type Wish } from './application.ts';
import { hintsOf, type Hints } from './hints.ts';
import { text } from './text.ts';
import type { Booked } from './types.ts';

interface Props {
  call: string;
  text: string;
  programmeTenant: string;
  done: () => void;
}

export function Apply(props: Props) {
  const tenants = useFetched('tenants', (signal) => get<{ tenants: { path: string }[] }>('/v1/tenants', {}, signal));
  const grants = server.value?.grants ?? [];
  const mine = (tenants.body?.tenants ?? [])
    .map(({ path }) => path)
    .filter((path) => isWithin(path, props.programmeTenant) && hasRoleIn(grants, path, 'member', 'owner'));
  if (mine.length === 0) return null;
  return (
    <section>
      <h2>{text.value.apply}</h2>
      <Form {...props} tenants={mine} />
    </section>
  );
}

const nothing: Wish = {
  ...{ name: '', organisation: '', class: '', region: '', project: '', tags: '', months: '', least: '' },
  asks: [{ kind: '', cards: '' }],
};

function Form({ call, text: callText, tenants, done }: Props & { tenants: string[] }) {
  const words = text.value;
  const hints = hintsOf(callText);
  const [tenant, setTenant] = useState(tenants[0]!);
  const [wish, setWish] = useState<Wish>(nothing);
  const [told, setTold] = useState<{ words: string; changes: string[] } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const isCheck = (event.submitter as HTMLButtonElement | null)?.value === 'check';
    setProblem(null);
    setTold(null);
    try {
      const query = { tenant, dry_run: isCheck || null };
      const route = `/v1/calls/${encodeURIComponent(call)}/applications`;
      const { changes } = await post<Booked>(route, bodyOf(wish), query);
      setTold({ words: isCheck ? words.checked : words.filed, changes });
      if (!isCheck) {
        setWish(nothing);
        done();
      }
    } catch (error) {
      setProblem(error as Problem);
    }
  };
  return (
    <form class="card" onSubmit={submit}>
      <div class="row fields">
        <label>
          {words.applyFor}
          <select value={tenant} onChange={(event) => setTenant(event.currentTarget.value)}>
            {tenants.map((path) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        </label>
        <Fields wish={wish} set={(change) => setWish({ ...wish, ...change })} hints={hints} />
      </div>
      <Asks asks={wish.asks} set={(asks) => setWish({ ...wish, asks })} kinds={hints.kinds} />
      <Refusal problem={problem} />
      {told && (
        <div class="notice" role="status">
          <p>{told.words}</p>
          <p lang="en">{told.changes.join('\n')}</p>
        </div>
      )}
      <div class="row">
        <button class="main" value="file">
          {words.apply}
        </button>
        <button value="check">{words.check}</button>
      </div>
    </form>
  );
}

function Fields({ wish, set, hints }: { wish: Wish; set: (change: Partial<Wish>) => void; hints: Hints }) {
  const words = text.value;
  const field = (
    key: Exclude<keyof Wish, 'asks'>,
    name: string,
    more: { help?: string; list?: string[]; must?: boolean },
  ) => (
    <label>
      {name}
      <input
        value={wish[key]}
        required={more.must ?? false}
        list={more.list?.length ? `list-${key}` : undefined}
        autocomplete="off"
        onInput={(event) => set({ [key]: event.currentTarget.value })}
      />
      {more.list && more.list.length > 0 && (
        <datalist id={`list-${key}`}>
          {more.list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {more.help && <small>{more.help}</small>}
    </label>
  );
  return (
    <>
      {field('name', words.name, { must: true })}
      {field('organisation', words.organisation, { must: true })}
      {field('class', words.class, { must: true, list: hints.classes })}
      {field('region', words.region, { list: hints.regions, must: hints.regions.length > 0 })}
      {field('months', words.months, { help: hints.months ? `≤ ${hints.months}` : '' })}
      {field('project', words.project, { help: words.projectHelp })}
      {field('tags', words.tags, {})}
      {field('least', words.least, { help: words.leastHelp })}
    </>
  );
}

function Asks(props: { asks: Wish['asks']; set: (asks: Wish['asks']) => void; kinds: string[] }) {
  const words = text.value;
  const change = (at: number, part: Partial<Wish['asks'][number]>) =>
    props.set(props.asks.map((ask, index) => (index === at ? { ...ask, ...part } : ask)));
  return (
    <fieldset>
      <legend>{words.asks}</legend>
      {props.asks.map((ask, index) => (
        <div class="row" key={index}>
          <label>
            {words.kind}
            <input
              value={ask.kind}
              required={index === 0}
              list={props.kinds.length > 0 ? 'list-kinds' : undefined}
              autocomplete="off"
              onInput={(event) => change(index, { kind: event.currentTarget.value })}
            />
          </label>
          <label>
            {words.cardsWanted}
            <input
              type="number"
              min="1"
              value={ask.cards}
              required={index === 0}
              onInput={(event) => change(index, { cards: event.currentTarget.value })}
            />
          </label>
        </div>
      ))}
      <datalist id="list-kinds">
        {props.kinds.map((kind) => (
          <option key={kind} value={kind} />
        ))}
      </datalist>
      <button type="button" onClick={() => props.set([...props.asks, { kind: '', cards: '' }])}>
        {words.another}
      </button>
    </fieldset>
  );
}
