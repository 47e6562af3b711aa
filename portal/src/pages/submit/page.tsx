// A job is written, planned and sent.
import '../../jobs/jobs.css';
import './submit.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { change, newKey } from '../../api/change.ts';
import { get, post, Problem } from '../../api/client.ts';
import type { Job, Plan, PlanChange } from '../../api/job.ts';
import type { PageProps } from '../../app/pages.tsx';
import { go, query } from '../../app/router.ts';
import { hasRole } from '../../app/session.ts';
import { common } from '../../i18n/common.ts';
import { emptyForm, formOf, type JobForm, notTold, withChange, withQueryFields } from '../../jobs/job_form.ts';
import { writeJob } from '../../jobs/job_yaml.ts';
import { mistakesOf } from '../../jobs/mistakes.ts';
import { useTenants } from '../../jobs/tenants.ts';
import { type Draft, dropDraft, emptyDraft, keepDraft, readDraft } from './draft.ts';
import { Editor, showLine } from './editor.tsx';
import { Form, mine } from './form.tsx';
import { PlanView } from './plan_view.tsx';
import { text } from './text.ts';

// What the address says goes before what was begun here.
function first(): { draft: Draft; isKept: boolean } {
  const kept = readDraft();
  if (query.peek().size === 0 && kept) return { draft: kept, isKept: true };
  return { draft: { form: withQueryFields(emptyForm, query.peek()), yaml: null }, isKept: false };
}

type Answer = { of: string } & ({ plan: Plan } | { problem: Problem });

interface Source {
  id: number;
  lacks: string[];
  problem: Problem | null;
}

// The content of the job that the address names, with what else the address says. The address forgets it then, so that
// a page that is loaded again has what was written since.
function useSource(fill: (form: JobForm) => void): Source | null {
  const from = query.value.get('from');
  const [source, setSource] = useState<Source | null>(null);
  useEffect(() => {
    if (from === null) return;
    const abort = new AbortController();
    const id = Number(from);
    get<Job>(`/v1/jobs/${encodeURIComponent(from)}`, {}, abort.signal)
      .then((job) => {
        if (job.script === undefined) throw new Problem(403, text.peek().fromTrouble(id));
        fill(withQueryFields(formOf(job), query.peek()));
        setSource({ id, lacks: notTold(job), problem: null });
        go('/submit', 'replace');
      })
      .catch((problem: Problem) => abort.signal.aborted || setSource({ id, lacks: [], problem }));
    return () => abort.abort();
  }, [from]);
  return source;
}

function Mistakes({ problem, isStale, show }: { problem: Problem; isStale: boolean; show: (line: number) => void }) {
  const words = text.value;
  return (
    <div class="notice bad" role="alert">
      {problem.status >= 400 && problem.status < 500 && <strong>{words.refused}</strong>}
      {isStale && <p class="quiet small">{words.stale}</p>}
      <ul class="bare mistakes">
        {mistakesOf(problem.message).map(({ line, text: says }, at) => (
          <li key={at}>
            {line !== null && <button onClick={() => show(line)}>{words.line(line)}</button>}{' '}
            <span lang="en">{says}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Page(_: PageProps) {
  const words = text.value;
  const [{ draft, isKept }, setAll] = useState(first);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [busy, setBusy] = useState<'plan' | 'send' | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const sent = useRef({ yaml: '', key: '' }); // the same document is sent again with the same key
  const setDraft = (next: Draft) => {
    keepDraft(next);
    setAll({ draft: next, isKept: false });
  };
  const { form } = draft;
  const set = (changes: Partial<JobForm>) => setDraft({ ...draft, form: { ...form, ...changes } });
  const source = useSource((filled) => setDraft({ form: filled, yaml: null }));
  const only = mine(useTenants());
  useEffect(() => {
    if (only.length === 1 && !form.tenant && draft.yaml === null) set({ tenant: only[0]! });
  }, [only.length]);

  const yaml = draft.yaml ?? writeJob(form);
  const isByHand = draft.yaml !== null;

  const plan = async (document: string) => {
    setBusy('plan');
    try {
      setAnswer({ of: document, plan: await post<Plan>('/v1/plans', document) });
    } catch (error) {
      setAnswer({ of: document, problem: error as Problem });
    }
    setBusy(null);
  };
  const send = async () => {
    if (sent.current.yaml !== yaml) sent.current = { yaml, key: newKey() };
    setBusy('send');
    try {
      const { jobs } = await change<{ jobs: { id: number }[] }>('/v1/jobs', { yaml, key: sent.current.key });
      dropDraft();
      go(`/jobs/${jobs[0]!.id}`);
    } catch (error) {
      const problem = error as Problem;
      if (problem.status >= 400 && problem.status < 500) sent.current = { yaml: '', key: '' };
      setAnswer({ of: yaml, problem });
      setBusy(null);
    }
  };
  const use = (wanted: PlanChange) => {
    const changed = withChange(form, wanted);
    if (!changed) return;
    setDraft({ form: changed, yaml: null });
    void plan(writeJob(changed));
  };

  const isStale = answer !== null && answer.of !== yaml;
  const problem = answer && 'problem' in answer ? answer.problem : null;
  const bad = new Set(problem && !isStale ? mistakesOf(problem.message).flatMap(({ line }) => line ?? []) : []);
  return (
    <>
      <h1>{common.value.pages.submit}</h1>
      {!hasRole('member', 'owner', 'guest') && <div class="notice">{words.mayNot}</div>}
      {source && !source.problem && (
        <div class="notice">
          <p>{words.from(source.id)}</p>
          <p class="quiet small">{words.fromLacks(source.lacks.join(', '))}</p>
        </div>
      )}
      {source?.problem && <div class="notice bad">{source.problem.message}</div>}
      {isKept && (
        <div class="notice row">
          <span>{words.draft}</span>
          <button
            onClick={() => {
              dropDraft();
              setAll({ draft: emptyDraft, isKept: false });
            }}
          >
            {words.discard}
          </button>
        </div>
      )}
      <p class="quiet">{words.intro}</p>
      <div class="submit">
        <div>
          {isByHand && (
            <div class="notice">
              <p>{words.byHand}</p>
              <p class="quiet small">{words.backLoses}</p>
              <button onClick={() => setDraft({ form, yaml: null })}>{words.back}</button>
            </div>
          )}
          <Form form={form} set={set} isOff={isByHand} />
        </div>
        <div class="beside">
          <div class="row acts">
            <button disabled={busy !== null} onClick={() => void plan(yaml)}>
              {busy === 'plan' ? `${words.planning} …` : words.plan}
            </button>
            <button class="main" disabled={busy !== null} onClick={() => void send()}>
              {busy === 'send' ? `${words.sending} …` : words.send}
            </button>
          </div>
          {problem && <Mistakes problem={problem} isStale={isStale} show={(line) => showLine(area.current, line)} />}
          {answer && 'plan' in answer && (
            <PlanView
              plan={answer.plan}
              isStale={isStale}
              use={isByHand ? null : use}
              canUse={(wanted) => withChange(form, wanted) !== null}
            />
          )}
          <section class="card">
            <h2>{words.yaml}</h2>
            <Editor value={yaml} bad={bad} area={area} onEdit={(edited) => setDraft({ form, yaml: edited })} />
          </section>
        </div>
      </div>
    </>
  );
}
