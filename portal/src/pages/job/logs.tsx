// What a task writes. It follows while its end is in sight; who scrolls up reads in peace.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Job } from '../../api/job.ts';
import { emptyLog, followLog, type Log, logPath, type LogQuery } from '../../jobs/log_stream.ts';
import { text } from './text.ts';

const mostInList = 64; // tasks; of more the number is typed

function useLog(query: LogQuery, hasEnded: boolean): Log {
  const [log, setLog] = useState<Log>(emptyLog);
  const ended = useRef(hasEnded);
  ended.current = hasEnded;
  useEffect(() => {
    const abort = new AbortController();
    setLog(emptyLog);
    void followLog(
      query,
      () => ended.current,
      abort.signal,
      (change) => !abort.signal.aborted && setLog(change),
    );
    return () => abort.abort();
  }, [query.job, query.task, query.stream]);
  return log;
}

function TaskChoice({ count, value, set }: { count: number; value: number; set: (task: number) => void }) {
  if (count <= 1) return null;
  return (
    <label>
      {text.value.task}
      {count <= mostInList ? (
        <select value={value} onChange={(event) => set(Number(event.currentTarget.value))}>
          {Array.from({ length: count }, (_, task) => (
            <option key={task} value={task}>
              {task}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="number"
          min={0}
          max={count - 1}
          value={value}
          onChange={(event) => set(Math.min(count - 1, Math.max(0, Number(event.currentTarget.value) || 0)))}
        />
      )}
    </label>
  );
}

export function Logs({ job }: { job: Job }) {
  const words = text.value;
  const [task, setTask] = useState(0);
  const [stream, setStream] = useState<LogQuery['stream']>('output');
  const [isPaused, setPaused] = useState(false);
  const query: LogQuery = { job: job.id, task, stream };
  const log = useLog(query, job.state === 'ended');
  const box = useRef<HTMLPreElement>(null);
  const kept = useRef<Log>(log); // what is shown while it is paused
  if (!isPaused || log.state === 'opening') kept.current = log;
  const shown = kept.current;
  useLayoutEffect(() => {
    if (!isPaused && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown, isPaused]);
  const scrolled = () => {
    const at = box.current!;
    const isAtEnd = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
    if (!isAtEnd && !isPaused) setPaused(true);
  };
  return (
    <section class="card log">
      <h2>{words.log}</h2>
      <div class="row">
        <TaskChoice count={job.tasks?.max ?? 1} value={task} set={setTask} />
        <label>
          {words.stream}
          <select value={stream} onChange={(event) => setStream(event.currentTarget.value as LogQuery['stream'])}>
            <option value="output">{words.streams.output}</option>
            <option value="error">{words.streams.error}</option>
          </select>
        </label>
        <button aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? words.follow : words.pause}
        </button>
        <a class="button" href={logPath(query)} target="_blank" rel="noopener">
          {words.wholeLog}
        </a>
        <span class={`quiet small state ${log.state}`} role="status">
          {words.logStates[log.state]}
        </span>
      </div>
      {log.problem && (
        <p class="bad" lang="en">
          {log.problem.message}
        </p>
      )}
      {log.problem?.status === 403 && <p class="quiet">{words.contentHidden}</p>}
      {shown.isCut && <p class="quiet small">{words.cut}</p>}
      {!log.problem && (
        <pre
          ref={box}
          class={`output ${job.state === 'ended' ? '' : 'grows'}`}
          tabIndex={0}
          role="region"
          aria-label={`${words.log}: ${words.number(job.id)}`}
          onScroll={scrolled}
        >
          {shown.lines.length > 0 ? shown.lines.join('\n') : <span class="quiet">{words.noLog}</span>}
        </pre>
      )}
    </section>
  );
}
