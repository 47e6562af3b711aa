// Every page in Korean: no heading, field, button or column is left in English.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { isReady, Person, speak } from './lib/browser.ts';
import { everyPage } from './lib/every_page.ts';
import { inBrowser } from './lib/need.ts';
import { scene } from './lib/scene.ts';

// What is said the same in both languages, and has a word in Latin letters.
async function leftInEnglish(page: Page): Promise<string[]> {
  const named = async () =>
    page.evaluate(() => {
      const places = 'h1, h2, h3, th, label, button, legend, dt, summary, caption, option, [aria-label], p, li, figcaption';
      const texts = [...document.querySelectorAll(`#page :is(${places})`)].flatMap((element) => {
        if (element.closest('[lang=en], pre, code, .mono, .name')) return [];
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent);
        return [element.getAttribute('aria-label'), element.getAttribute('placeholder'), own.join('')];
      });
      return texts.flatMap((text) => text?.trim() || []);
    });
  await speak(page, 'en');
  await isReady(page);
  const english = new Set(await named());
  await speak(page, 'ko');
  await isReady(page);
  const korean = await named();
  assert.ok(korean.some((text) => /\p{Script=Hangul}/u.test(text)));
  return [...new Set(korean)].filter((text) => english.has(text) && /[a-z]{2}/.test(text));
}

// Names are names in every language.
const names = /^(nipa|naver|local|arm|lab|large|spring|village|train|evaluate|broken|everyone|kim|lee|emulated)\b/;

inBrowser('in Korean', () => {
  const at = scene();

  test('every page', async (t) => {
    const person = await Person.comeSignedIn(at.browser, at.here.server.address, at.here.everything);
    for (const path of everyPage(at.jobs)) {
      await t.test(path, async () => {
        const page = await person.open(path);
        assert.deepEqual((await leftInEnglish(page)).filter((text) => !names.test(text)), []);
        await page.close();
      });
    }
    await person.leave();
  });
});
