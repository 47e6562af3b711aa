// What these pages read. Credits move when jobs start and end, so they are read anew a while after use has changed.
import { get } from '../../api/client.ts';
import { useFetched } from '../../live/fetched.ts';
import type { State } from '../../live/protocol.ts';
import type { Award, Call, Programmes } from './types.ts';

const moved = (state: State) => state.use.length > 0;

export const useProgrammes = () => useFetched('programmes', (signal) => get<Programmes>('/v1/programmes', {}, signal));

export const useCalls = () =>
  useFetched('calls', (signal) => get<{ calls: Call[] }>('/v1/calls', {}, signal), moved, 30_000);

export const useCall = (name: string) =>
  useFetched(name, (signal) => get<Call>(`/v1/calls/${encodeURIComponent(name)}`, {}, signal), moved, 30_000);

export function useGrants(wanted: { tenant?: string; programme?: string }) {
  return useFetched(
    JSON.stringify(wanted),
    (signal) => get<{ grants: Award[] }>('/v1/grants', wanted, signal),
    moved,
    10_000,
  );
}

export const useGrant = (id: string) =>
  useFetched(id, (signal) => get<Award>(`/v1/grants/${encodeURIComponent(id)}`, {}, signal), moved, 10_000);
