// Reads summaries of simulations: one, or two side by side. All in this page.
import { useState } from 'preact/hooks';
import type { PageProps } from '../../app/pages.tsx';
import { common } from '../../i18n/common.ts';
import { Evictions, Heads, Parts, Waits } from './figures.tsx';
import { Ledgers } from './ledger.tsx';
import { readSummary, type Refusal, type Summary } from './summary.ts';
import { text } from './text.ts';
import './report.css';

export interface Run {
  file: string;
  summary: Summary;
}

const largest = 16 * 2 ** 20;

type Trouble = { file: string; refusal: Refusal; key: string } | { file: string; isLarge: true } | { isMany: true };

export function Page(_: PageProps) {
  const words = text.value;
  const [runs, setRuns] = useState<Run[]>([]);
  const [troubles, setTroubles] = useState<Trouble[]>([]);
  const [isOver, setOver] = useState(false);
  const open = async (files: FileList | null) => {
    const found: Run[] = [];
    const wrong: Trouble[] = [];
    for (const file of [...(files ?? [])]) {
      if (file.size > largest) {
        wrong.push({ file: file.name, isLarge: true });
        continue;
      }
      const read = readSummary(await file.text());
      if ('summary' in read) found.push({ file: file.name, summary: read.summary });
      else wrong.push({ file: file.name, refusal: read.refusal, key: read.key ?? '' });
    }
    const all = found.length === 1 && runs.length === 1 ? [...runs, ...found] : found.length > 0 ? found : runs;
    if (all.length > 2) wrong.push({ isMany: true });
    setRuns(all.slice(0, 2));
    setTroubles(wrong);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer?.files ?? null);
  };
  return (
    <div
      class={`report ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <h1>{common.value.pages.report}</h1>
      {runs.length === 0 && <Intro />}
      <div class="row">
        <label class={runs.length === 0 ? 'card' : ''}>
          {runs.length === 1 ? words.compareWith : words.choose} {words.drop}
          <input
            type="file"
            accept=".json,application/json"
            multiple
            onChange={(event) => {
              void open(event.currentTarget.files);
              event.currentTarget.value = '';
            }}
          />
        </label>
        {runs.length === 2 && <button onClick={() => setRuns([...runs].reverse())}>{words.swap}</button>}
        {runs.length > 0 && <button onClick={() => setRuns([])}>{words.forget}</button>}
      </div>
      {troubles.map((trouble, index) => (
        <p key={index} class="notice bad" role="alert">
          {sentenceOf(trouble)}
        </p>
      ))}
      {runs.length > 0 && (
        <>
          <Heads runs={runs} />
          <div class="sides">
            <Waits runs={runs} />
            <Evictions runs={runs} />
          </div>
          <Parts runs={runs} of="owners" />
          <Parts runs={runs} of="programmes" />
          <Ledgers runs={runs} />
        </>
      )}
    </div>
  );
}

function sentenceOf(trouble: Trouble): string {
  const words = text.value;
  if ('isMany' in trouble) return words.tooMany;
  if ('isLarge' in trouble) return words.tooLarge(trouble.file);
  return words.refused(trouble.file, words.refusals[trouble.refusal](trouble.key));
}

function Intro() {
  const words = text.value;
  return (
    <>
      <p>{words.intro}</p>
      <p class="quiet">{words.make}</p>
      <pre tabIndex={0}>{'dure simulate scenarios/day.yaml --out out/day'}</pre>
    </>
  );
}
