// The end of what a task writes, as it is written. A stream that breaks is opened again; where too many tabs have one,
// it is read again and again.
import { send, withQuery, type Problem } from '../../../api/client.ts';
import { Stripper } from './ansi.ts';
import { LogLines } from './lines.ts';
import { tailOffset } from './tail.ts';

const mostLines = 2000;
const leastTail = 200_000; // bytes
const flushEvery = 120; // ms
const retryAfter = 2000; // ms
const mostFollowers = 3; // of all tabs: a browser keeps six connections to a server, and all else needs some too

export interface Log {
  lines: string[];
  isCut: boolean; // begins after the beginning
  state: 'opening' | 'live' | 'broken' | 'ended' | 'refused';
  problem: Problem | null;
}

export const emptyLog: Log = { lines: [], isCut: false, state: 'opening', problem: null };

export interface LogQuery {
  job: number;
  task: number;
  stream: 'output' | 'error';
}

export const logPath = (query: LogQuery, more: { offset?: number; follow?: boolean } = {}) =>
  withQuery(`/v1/jobs/${query.job}/logs`, { task: query.task, stream: query.stream, ...more });

async function reaches(query: LogQuery, offset: number, signal: AbortSignal): Promise<boolean> {
  const response = await send(logPath(query, { offset }), { signal });
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return (value?.length ?? 0) > 0;
}

// Calls `act` with true while fewer tabs than may be do the same, else with false.
async function inTurn(act: (mayFollow: boolean) => Promise<void>): Promise<void> {
  if (!navigator.locks) return act(true);
  for (let place = 0; place < mostFollowers; ++place) {
    const isDone = await navigator.locks.request(`dure-log-${place}`, { ifAvailable: true }, async (lock) => {
      if (lock) await act(true);
      return lock !== null;
    });
    if (isDone) return;
  }
  return act(false);
}

async function readOnce(
  query: LogQuery,
  follow: boolean,
  signal: AbortSignal,
  tell: (change: (before: Log) => Log) => void,
): Promise<void> {
  const offset = await tailOffset((at) => reaches(query, at, signal), leastTail);
  const response = await send(logPath(query, { offset, follow }), { signal });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  const stripper = new Stripper();
  const log = new LogLines(mostLines);
  let skipsLine = offset > 0; // of which the beginning is missing
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = null;
    const isCut = offset > 0 || log.left_out > 0;
    if (!signal.aborted) tell(() => ({ lines: log.lines(), isCut, state: 'live', problem: null }));
  };
  tell((before) => ({ ...before, state: 'live', problem: null }));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let text = decoder.decode(value, { stream: true });
      if (skipsLine) {
        const end = text.indexOf('\n');
        if (end < 0) continue;
        text = text.slice(end + 1);
        skipsLine = false;
      }
      log.take(stripper.take(text));
      timer ??= setTimeout(flush, flushEvery);
    }
  } finally {
    if (timer) clearTimeout(timer);
  }
  flush();
}

// Follows until `signal` aborts, or until the job has ended and all is read.
export async function followLog(
  query: LogQuery,
  hasEnded: () => boolean,
  signal: AbortSignal,
  tell: (change: (before: Log) => Log) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await inTurn((mayFollow) => readOnce(query, mayFollow, signal, tell));
      if (hasEnded()) return tell((before) => ({ ...before, state: 'ended' }));
    } catch (error) {
      if (signal.aborted) return;
      const problem = error as Problem;
      if (problem.isRefusal) {
        return tell((before) => ({ ...before, state: 'refused', problem }));
      }
      tell((before) => ({ ...before, state: 'broken' }));
    }
    await new Promise((resolve) => setTimeout(resolve, retryAfter));
  }
}
