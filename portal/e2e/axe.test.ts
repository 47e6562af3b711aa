// Every page, in both languages, light and dark, as axe-core sees it: nothing that keeps people from using it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { isReady, paint, Person, speak } from './lib/browser.ts';
import { everyPage } from './lib/every_page.ts';
import { inBrowser } from './lib/need.ts';
import { scene } from './lib/scene.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// A line for each element with a serious fault.
async function faults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const results = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    return axe.run({ resultTypes: ['violations'] });
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ''}`));
}

async function inEveryLook(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const language of ['en', 'ko'] as const) {
    await speak(page, language);
    for (const theme of ['light', 'dark'] as const) {
      await paint(page, theme);
      for (const fault of await faults(page)) found.push(`${language}, ${theme}: ${fault}`);
    }
  }
  return found;
}

inBrowser('accessible', () => {
  const at = scene();

  test('signing in', async () => {
    const person = await Person.come(at.browser, at.here.server.address);
    const page = await person.open('/');
    await page.getByLabel('Token').waitFor();
    assert.deepEqual(await inEveryLook(page), []);
    await person.leave();
  });

  test('every page', async (t) => {
    const person = await Person.comeSignedIn(at.browser, at.here.server.address, at.here.everything);
    for (const path of everyPage(at.jobs)) {
      await t.test(path, async () => {
        const page = await person.open(path);
        await isReady(page);
        assert.deepEqual(await inEveryLook(page), []);
        await page.close();
      });
    }
    await person.leave();
  });
});
