// Requests to the server that this page came from. The session's cookie goes by itself; scripts never see it.
import { signal } from '@preact/signals';

// False from the moment when the server says that it does not know us.
export const isSignedIn = signal(true);

// What the server refused: RFC 9457. `detail` is a sentence for people.
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }

  // The server has decided, so that the same request would fare no better.
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (body && typeof body === 'object' && 'detail' in body) return new Problem(response.status, String(body.detail));
  } catch {
    // Not from the server itself, but from what lies between.
  }
  return new Problem(response.status, text || response.statusText);
}

export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Dure-Portal', '1'); // no other site can send this with our cookie
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' });
  } catch {
    throw new Problem(0, 'The server cannot be reached.');
  }
  if (response.status === 401) isSignedIn.value = false;
  if (!response.ok) throw await problemOf(response);
  return response;
}

export type Query = Record<string, string | number | boolean | undefined | null>;

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

export async function get<Body>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Body> {
  const response = await send(withQuery(path, query), signal ? { signal } : {});
  return (await response.json()) as Body;
}

export async function remove(path: string): Promise<void> {
  await send(path, { method: 'DELETE' });
}
