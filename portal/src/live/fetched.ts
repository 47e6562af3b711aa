// What a page reads from the API, and reads again when the stream says that it may have changed.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { State } from './protocol.ts';
import { onState } from './live.ts';
import type { Problem } from '../api/client.ts';

const between = 5000; // ms from a failure that may pass to the next try

export interface Fetched<Body> {
  body: Body | null; // the latest that came, also while the next is under way
  problem: Problem | null; // of the last try
  isLoading: boolean;
  again: () => void;
}

// `read` is called anew whenever `key` changes; and, at most once in `every` ms, when `concerns` a state of the stream.
// The answer to an older key is thrown away.
export function useFetched<Body>(
  key: string,
  read: (signal: AbortSignal) => Promise<Body>,
  concerns: (state: State) => boolean = () => false,
  every = 2000,
): Fetched<Body> {
  const [body, setBody] = useState<Body | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const latest = useRef({ read, concerns, key: '' });
  latest.current.read = read;
  latest.current.concerns = concerns;

  useEffect(() => {
    const abort = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    if (latest.current.key !== key) setBody(null);
    latest.current.key = key;
    setLoading(true);
    latest.current
      .read(abort.signal)
      .then((answer) => {
        if (abort.signal.aborted) return;
        setBody(answer);
        setProblem(null);
        setLoading(false);
      })
      .catch((error: Problem) => {
        if (abort.signal.aborted) return;
        setProblem(error);
        setLoading(false);
        const mayPass = !(error.status >= 400 && error.status < 500) || error.status === 429;
        if (mayPass) retry = setTimeout(() => setTurn((before) => before + 1), between);
      });
    return () => {
      abort.abort();
      clearTimeout(retry);
    };
  }, [key, turn]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let last = Date.now();
    const stop = onState((state) => {
      if (timer || !(state.whole || latest.current.concerns(state))) return;
      timer = setTimeout(
        () => {
          timer = null;
          last = Date.now();
          setTurn((before) => before + 1);
        },
        Math.max(0, last + every - Date.now()),
      );
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  }, [key, every]);

  return { body, problem, isLoading, again: () => setTurn((before) => before + 1) };
}
