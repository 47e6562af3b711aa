// The frame: who gets in, what the browser is never made to do, languages and colours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { isLive, launch, Person, paint, signIn, speak } from './lib/browser.ts';
import { inBrowser } from './lib/need.ts';
import { Server } from './lib/server.ts';
import { Site } from './lib/site.ts';
import { until } from './lib/until.ts';
import { words } from './lib/words.ts';

inBrowser('frame', () => {
  let server: Server;
  let browser: Browser;
  before(async () => {
    [server, browser] = await Promise.all([Server.start(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  const inside = async () => Person.comeSignedIn(browser, server.address, server.token);

  test('a wrong token is refused with a sentence, and shows no page', async () => {
    const person = await Person.come(browser, server.address);
    const page = await person.open('/queue');
    await page.getByLabel('Token').fill('dure_wrong');
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    const sentence = (await page.getByRole('alert').textContent()) ?? '';
    assert.match(sentence, /\w+ \w+/);
    assert.equal(await page.getByRole('navigation').count(), 0);
    assert.deepEqual(await person.context.cookies(), []);
    await person.leave();
  });

  test('the right one leads to the page that was asked for, by a cookie that no script can read', async () => {
    const person = await Person.come(browser, server.address);
    const page = await person.open('/queue');
    await signIn(page, server.token);
    await isLive(page);
    assert.equal(new URL(page.url()).pathname, '/queue');
    const [cookie, ...others] = await person.context.cookies();
    assert.deepEqual(others, []);
    assert.equal(cookie?.name, 'dure_session');
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.equal(await page.evaluate(() => document.cookie), '');
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!kept.includes(server.token) && !kept.includes(cookie.value), 'nothing secret is kept where scripts can read it');
    await page.reload();
    await isLive(page);
    await person.leave();
  });

  test('nothing is asked of anyone but the server, and its policy would forbid it', async () => {
    const person = await Person.come(browser, server.address);
    const page = await person.context.newPage();
    const answer = await page.goto(`${server.address}/`);
    const headers = answer!.headers();
    assert.match(headers['content-security-policy'] ?? '', /^default-src 'self';/);
    assert.doesNotMatch(headers['content-security-policy']!, /unsafe/);
    assert.match(headers['content-security-policy']!, /frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    await signIn(page, server.token);
    for (const link of await page.getByRole('navigation').getByRole('link').all()) {
      await link.click();
      await page.getByRole('main').locator('h1, h2, canvas').first().waitFor();
    }
    assert.ok(person.requests.length > 5);
    assert.deepEqual(person.foreign(), []);
    assert.deepEqual(person.troubles, []);
    const refused = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
      return !('wasRun' in window);
    });
    assert.ok(refused, 'an inline script is not run');
    assert.match(person.troubles.splice(0).join(), /Content Security Policy/);
    await person.leave();
  });

  test('who signs out or in does so in every tab', async () => {
    const person = await inside();
    const page = await person.open('/');
    const other = await person.open('/queue');
    await isLive(other);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    assert.deepEqual(await person.context.cookies(), []);
    await other.getByLabel('Token').waitFor();
    await page.reload();
    await signIn(page, server.token);
    await other.getByRole('navigation').waitFor();
    await isLive(other);
    await person.leave();
  });

  // On a page that asks for nothing: it is the stream that tells.
  test('a token that is revoked signs its page out', async () => {
    const token = await server.makeToken('kim', 'member:default');
    const person = await Person.comeSignedIn(browser, server.address, token.secret);
    const page = await person.open('/report');
    await isLive(page);
    await server.done('DELETE', `/v1/tokens/${token.id}`);
    await page.getByLabel('Token').waitFor();
    await person.leave();
  });

  test('no other page can change anything with the session', async () => {
    const person = await inside();
    const page = await person.open('/');
    await isLive(page);
    const job = await server.submit({ name: 'target', script: 'exec sleep 300' });
    const cancel = `${server.address}/v1/jobs/${job}/cancel`;
    const post = (from: Page, headers: Record<string, string>) =>
      from.evaluate(
        ([url, headers]) =>
          fetch(url, { method: 'POST', credentials: 'include', headers }).then((answer) => answer.status, () => 0),
        [cancel, headers] as const,
      );
    assert.equal(await post(page, {}), 403, 'our own page needs the header too');

    const site = await Site.start(`<form method="post" action="${cancel}"><button>Win</button></form>`);
    // Another port is the same site, to which the cookie goes; another name is not.
    for (const [host, status] of [
      ['127.0.0.1', 403],
      ['localhost', 401],
    ] as const) {
      const evil = await person.context.newPage();
      await evil.goto(site.addressAs(host));
      const refusal = evil.waitForResponse(cancel);
      await evil.getByRole('button').click();
      assert.equal((await refusal).status(), status, host);
      await evil.goto(site.addressAs(host));
      assert.equal(await post(evil, { 'Dure-Portal': '1' }), 0, `${host}: may not send the header`);
      assert.equal(
        await evil.evaluate((url) => fetch(url, { credentials: 'include' }).then(() => true, () => false), `${server.address}/v1/jobs`),
        false,
        `${host}: may not read`,
      );
      await evil.close();
    }
    await site.close();
    assert.equal((await server.done<{ state: string }>('GET', `/v1/jobs/${job}`)).state, 'running');
    assert.equal(await post(page, { 'Dure-Portal': '1' }), 200, 'our own page may');
    person.troubles.length = 0;
    await person.leave();
  });

  test('the language changes every word of the frame, the title and the page’s language', async () => {
    const person = await inside();
    const page = await person.open('/queue');
    await isLive(page);
    const frame = 'header, nav, .skip';
    const english = await words(page, frame);
    const titleBefore = await page.title();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await speak(page, 'ko');
    await page.getByRole('banner').getByText('실시간').waitFor();
    const korean = await words(page, frame);
    assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
    assert.notEqual(await page.title(), titleBefore);
    const user = (await server.done<{ user: string }>('GET', '/v1/server')).user;
    const names = new Set(['Dure', 'English', '한국어', user]);
    assert.equal(korean.length, english.length);
    assert.ok(english.length > 15);
    for (const [index, word] of english.entries()) {
      if (names.has(word)) continue;
      assert.notEqual(korean[index], word);
      assert.match(korean[index]!, /\p{Script=Hangul}/u);
    }
    await page.reload();
    await page.getByRole('banner').getByText('실시간').waitFor();
    await page.getByRole('button', { name: '로그아웃' }).click();
    await page.getByLabel('토큰').waitFor();
    assert.doesNotMatch((await words(page, 'main')).filter((word) => word !== 'dure token create').join(' '), /[A-Za-z]{4,} [A-Za-z]{2,}/);
    await person.leave();
  });

  test('who reads Korean is spoken to in Korean', async () => {
    const person = await Person.come(browser, server.address, { locale: 'ko-KR' });
    const page = await person.open('/');
    await page.getByLabel('토큰').waitFor();
    await person.leave();
  });

  test('colours are those of the system, or those that were chosen', async () => {
    const person = await Person.come(browser, server.address, { colorScheme: 'dark' });
    const page = await person.open('/');
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await paper();
    await paint(page, 'light');
    const light = await paper();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await paper(), light);
    await page.getByLabel('Colours').selectOption('system');
    assert.equal(await paper(), dark);
    await page.emulateMedia({ colorScheme: 'light' });
    await until('the system has become light', async () => (await paper()) === light);
    await person.leave();
  });

  test('an unknown path says so, and links, back and forward lead where they say without a load', async () => {
    const person = await inside();
    const page = await person.open('/no/such/page');
    await page.getByRole('main').getByText('There is no such page.').waitFor();
    await page.evaluate(() => Object.assign(window, { isSame: true }));
    const navigation = page.getByRole('navigation');
    const current = async (name: string) =>
      navigation.locator('[aria-current=page]').filter({ hasText: new RegExp(`^${name}$`) }).waitFor();
    await navigation.getByRole('link', { name: 'Queue' }).click();
    await current('Queue');
    assert.match(await page.title(), /^Queue/);
    await navigation.getByRole('link', { name: 'Nodes' }).click();
    await current('Nodes');
    await page.goBack();
    await current('Queue');
    await page.goForward();
    await current('Nodes');
    await page.goBack();
    await page.goBack();
    await page.getByRole('main').getByText('There is no such page.').waitFor();
    assert.ok(await page.evaluate(() => 'isSame' in window));
    await person.leave();
  });

  test('the keyboard reaches the page past the navigation', async () => {
    const person = await inside();
    const page = await person.open('/queue');
    await isLive(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'page');
    await person.leave();
  });
});
