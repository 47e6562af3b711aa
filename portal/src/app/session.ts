// Who is signed in.
import { signal } from '@preact/signals';
import { get, isSignedIn, Problem, remove, send } from '../api/client.ts';
import { followAnew, forget } from '../live/live.ts';

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

// Tabs share the cookie: what the others show is no longer for whoever sits there.
const others = new BroadcastChannel('dure.session');
others.onmessage = () => location.reload();

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
  const wasSomebody = server.value !== null;
  await begin();
  followAnew();
  others.postMessage('signed in');
  if (wasSomebody) location.reload(); // pages remember what they were told
}

export async function signOut(): Promise<void> {
  try {
    await remove('/v1/session');
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  }
  forget();
  others.postMessage('signed out');
  location.reload();
}

export function hasRole(...roles: Role[]): boolean {
  return server.value?.grants.some((grant) => roles.includes(grant.role)) ?? false;
}
