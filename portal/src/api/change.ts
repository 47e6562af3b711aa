// Requests that change something, with a key by which the server knows one that is sent twice.
import { send } from './client.ts';

// Not `crypto.randomUUID`, which is only there with TLS.
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `portal-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

interface Change {
  method?: 'POST' | 'PATCH';
  json?: unknown;
  yaml?: string;
  key: string;
}

export async function change<Body>(path: string, { method = 'POST', json, yaml, key }: Change): Promise<Body> {
  const headers: Record<string, string> = { 'Idempotency-Key': key };
  const init: RequestInit = { method, headers };
  if (yaml !== undefined) {
    headers['Content-Type'] = 'application/yaml';
    init.body = yaml;
  } else if (json !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(json);
  }
  const text = await (await send(path, init)).text();
  return (text ? JSON.parse(text) : undefined) as Body;
}
