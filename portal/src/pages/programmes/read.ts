// What these pages read, kept up to date.
import { get } from '../../api/client.ts';
import { useMoving } from '../../ledger/read.ts';
import type { Award } from '../../ledger/types.ts';
import { useFetched } from '../../live/fetched.ts';
import type { Call, Programmes } from './types.ts';

const seldom = 30_000; // ms; calls hardly ever change

export const callRoute = (name: string) => `/v1/calls/${encodeURIComponent(name)}`;

export const useProgrammes = () => useFetched('programmes', (signal) => get<Programmes>('/v1/programmes', {}, signal));
export const useCalls = () => useMoving<{ calls: Call[] }>('/v1/calls', {}, seldom);
export const useCall = (name: string) => useMoving<Call>(callRoute(name), {}, seldom);
export const useGrant = (id: string) => useMoving<Award>(`/v1/grants/${encodeURIComponent(id)}`);
