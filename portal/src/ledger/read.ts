// Credits move when jobs start and end, so that what tells of them is read anew a while after use has changed.
import { get, type Query } from '../api/client.ts';
import { useFetched } from '../live/fetched.ts';
import type { State } from '../live/protocol.ts';
import type { Award } from './types.ts';

export const hasMoved = (state: State) => state.use.length > 0;

export function useMoving<Body>(path: string, query: Query = {}, every = 10_000) {
  return useFetched(
    JSON.stringify([path, query]),
    (signal) => get<Body>(path, query, signal),
    hasMoved,
    every,
  );
}

export const useGrants = (of: { tenant?: string; programme?: string }) =>
  useMoving<{ grants: Award[] }>('/v1/grants', of);
