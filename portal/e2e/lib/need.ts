// What these tests need besides npm: a browser and the server's program. Without one they are skipped, and fail in CI.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';

export const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const dure = resolve(process.env.DURE ?? '../build/run/src/dure/cli/dure');

function whatIsMissing(): string | null {
  if (!existsSync(chromium)) return `there is no browser at ${chromium}: install chromium, or name one in CHROMIUM`;
  if (!existsSync(dure)) return `there is no server at ${dure}: build it with ./run --build, or name one in DURE`;
  return null;
}

// `concurrency`: whether its tests run side by side.
export function inBrowser(name: string, body: () => void, concurrency = false): void {
  const missing = whatIsMissing();
  if (missing && process.env.CI) test(name, () => assert.fail(missing));
  else describe(name, { skip: missing ?? false, concurrency }, body);
}
