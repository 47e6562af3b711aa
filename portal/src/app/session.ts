// Who is signed in.
import { signal } from '@preact/signals';
import { get, isSignedIn, Problem, remove, send } from '../api/client.ts';
import { leave } from '../live/live.ts';

export type Role = 'operator' | 'owner' | 'programme' | 'member' | 'guest' | 'auditor';
export interface Grant {
  role: Role;
  tenant?: string; // absent: the whole estate
}
export interface ServerInfo {
  version: string;
  started: string;
  sequence: number;
  user: string;
  grants: Grant[];
}

export const server = signal<ServerInfo | null>(null);
export const startTrouble = signal<string | null>(null);

export async function begin(): Promise<void> {
  startTrouble.value = null;
  try {
    server.value = await get<ServerInfo>('/v1/server');
    isSignedIn.value = true;
  } catch (error) {
    server.value = null;
    if (!(error instanceof Problem) || error.status !== 401) startTrouble.value = String((error as Error).message);
  }
}

// The token goes once, and the server's cookie stands for it from then on.
export async function signIn(token: string): Promise<void> {
  await send('/v1/session', { method: 'POST', headers: { Authorization: `Bearer ${token.trim()}` } });
  await begin();
}

export async function signOut(): Promise<void> {
  await remove('/v1/session');
  leave();
  server.value = null;
  isSignedIn.value = false;
}

export function hasRole(...roles: Role[]): boolean {
  return server.value?.grants.some((grant) => roles.includes(grant.role)) ?? false;
}
