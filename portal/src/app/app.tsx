// The frame around every page.
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isSignedIn, Problem } from '../api/client.ts';
import { common } from '../i18n/common.ts';
import { duration } from '../i18n/format.ts';
import { language, type Language } from '../i18n/language.ts';
import { connection, follow, isStale, picture } from '../live/live.ts';
import { Loading, Trouble } from '../ui/trouble.tsx';
import { inNavigation, pages } from './pages.tsx';
import { path } from './router.ts';
import { begin, server, signOut, startTrouble } from './session.ts';
import { SignIn } from './sign_in.tsx';
import { text } from './text.ts';
import { theme, type Theme } from './theme.ts';

const found = () => {
  for (const entry of pages) {
    const match = entry.pattern.exec(path.value);
    if (match) return { entry, parts: match.slice(1).map((part) => (part ? decodeURIComponent(part) : '')) };
  }
  return null;
};

effect(() => {
  const page = found();
  const name = page ? common.value.pages[page.entry.name] : common.value.notFound;
  document.title = `${name} – Dure`;
});

// The clock of the word "stale", which goes on when nothing else does.
const clock = signal(Date.now());
setInterval(() => (clock.value = Date.now()), 1000);

function Liveness() {
  const words = text.value;
  if (isStale.value) {
    const seconds = Math.max(1, (clock.value - connection.value.since) / 1000);
    return (
      <span class="live stale" role="alert">
        {words.stale(duration(seconds))}
      </span>
    );
  }
  return <span class="live">{picture.value ? words.live : words.connecting}</span>;
}

function Choice<Value extends string>(props: {
  label: string;
  value: Value;
  values: [Value, string][];
  set: (value: Value) => void;
}) {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.set(event.currentTarget.value as Value)}
    >
      {props.values.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Bar() {
  const words = text.value;
  return (
    <header class="bar">
      <a class="brand" href="/">
        <img src="/icon.svg" alt="" />
        Dure
      </a>
      {server.value && <Liveness />}
      <div class="right">
        <Choice<Language>
          label={words.language}
          value={language.value}
          values={[
            ['en', 'English'],
            ['ko', '한국어'],
          ]}
          set={(value) => (language.value = value)}
        />
        <Choice<Theme>
          label={words.theme}
          value={theme.value}
          values={[
            ['system', words.system],
            ['light', words.light],
            ['dark', words.dark],
          ]}
          set={(value) => (theme.value = value)}
        />
        {server.value && (
          <>
            <span class="quiet">{server.value.user}</span>
            <button onClick={() => void signOut()}>{words.signOut}</button>
          </>
        )}
      </div>
    </header>
  );
}

function Navigation({ current }: { current: string | undefined }) {
  return (
    <nav class="nav" aria-label={text.value.navigation}>
      {inNavigation.map((name) => (
        <a key={name} href={name === 'fleet' ? '/' : `/${name}`} aria-current={name === current ? 'page' : undefined}>
          {common.value.pages[name]}
        </a>
      ))}
    </nav>
  );
}

function Inside() {
  const page = found();
  const Page = page?.entry.page;
  return (
    <>
      <Navigation current={page?.entry.name} />
      <main id="page" class={`page ${page?.entry.isWide ? 'wide' : ''}`} tabIndex={-1}>
        {page && Page ? <Page key={page.entry.name} parts={page.parts} /> : <p>{common.value.notFound}</p>}
      </main>
    </>
  );
}

export function App() {
  useEffect(() => {
    void begin().then(() => server.value && follow());
  }, []);
  const isInside = server.value !== null && isSignedIn.value;
  return (
    <div class="frame">
      <a class="skip" href="#page">
        {text.value.skip}
      </a>
      <Bar />
      {isInside ? (
        <Inside />
      ) : (
        <main id="page" class="page" style={{ gridColumn: '1 / -1' }}>
          {startTrouble.value ? (
            <Trouble problem={new Problem(0, startTrouble.value)} again={() => void begin()} />
          ) : isSignedIn.value ? (
            <Loading />
          ) : (
            <SignIn />
          )}
        </main>
      )}
    </div>
  );
}
