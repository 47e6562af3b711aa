// Requests that change something, with a key by which the server knows one that is sent twice.
import { type Query, send, withQuery } from './client.ts';

// Not `crypto.randomUUID`, which is only there with TLS.
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `portal-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

interface Change {
  method?: 'POST' | 'PATCH' | 'DELETE';
  body?: unknown; // a text is YAML
  query?: Query;
  key?: string;
}

export async function change<Body = unknown>(path: string, what: Change = {}): Promise<Body> {
  const { method = 'POST', body, query, key } = what;
  const headers: Record<string, string> = key ? { 'Idempotency-Key': key } : {};
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    const isText = typeof body === 'string';
    headers['Content-Type'] = isText ? 'application/yaml' : 'application/json';
    init.body = isText ? body : JSON.stringify(body);
  }
  const text = await (await send(withQuery(path, query), init)).text();
  return (text ? JSON.parse(text) : undefined) as Body;
}
