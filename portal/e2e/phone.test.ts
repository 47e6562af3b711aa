// Every page on a telephone, in both languages: nothing lies beyond its edge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { isReady, Person, speak } from './lib/browser.ts';
import { everyPage } from './lib/every_page.ts';
import { inBrowser } from './lib/need.ts';
import { scene } from './lib/scene.ts';

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };

// What reaches beyond the edge, if the page can be moved sideways.
async function beyond(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const isClipped = (element: Element | null): boolean =>
      element !== null &&
      element !== document.documentElement &&
      (getComputedStyle(element).overflowX !== 'visible' || isClipped(element.parentElement));
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 0.5 && !isClipped(element.parentElement))
      .map((element) => element.outerHTML.slice(0, 120))
      .concat(`${document.documentElement.scrollWidth} px wide`);
  });
}

inBrowser('on a telephone', () => {
  const at = scene();

  test('signing in', async () => {
    const person = await Person.come(at.browser, at.here.server.address, phone);
    const page = await person.open('/');
    for (const language of ['en', 'ko'] as const) {
      await speak(page, language);
      assert.deepEqual(await beyond(page), [], language);
    }
    await person.leave();
  });

  test('every page', async (t) => {
    const person = await Person.comeSignedIn(at.browser, at.here.server.address, at.here.everything, phone);
    for (const path of everyPage(at.jobs)) {
      await t.test(path, async () => {
        const page = await person.open(path);
        for (const language of ['en', 'ko'] as const) {
          await speak(page, language);
          await isReady(page);
          assert.deepEqual(await beyond(page), [], language);
        }
        await page.close();
      });
    }
    await person.leave();
  });
});
