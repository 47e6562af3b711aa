// The live picture: many tabs on one stream, and what they say when the server is gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { isLive, isStale, launch, Person } from './lib/browser.ts';
import { inBrowser } from './lib/need.ts';
import { Server } from './lib/server.ts';
import { until } from './lib/until.ts';
import { Wire } from './lib/wire.ts';

inBrowser('live', () => {
  let server: Server;
  let browser: Browser;
  let wire: Wire;
  before(async () => {
    [server, browser] = await Promise.all([Server.start({ devices: 8 }), launch()]);
    wire = await Wire.to(server.port);
  });
  after(async () => {
    await browser?.close();
    wire?.close();
    await server?.close();
  });

  test('tabs that follow what jobs write leave room for others', async () => {
    const person = await Person.comeSignedIn(browser, server.address, server.token);
    const job = await server.submit({ name: 'talks', script: 'for i in $(seq 300); do echo "line $i"; sleep 1; done' });
    await server.waitFor(job, 'running');
    const logs: Locator[] = [];
    for (let count = 0; count < 8; ++count) {
      const page = await person.open(`/jobs/${job}`);
      await page.getByRole('heading', { name: 'talks' }).waitFor();
      logs.push(page.getByRole('main').locator('pre').filter({ hasText: /^line 1\n/ }));
    }
    const page = await person.open('/queue');
    await page.getByRole('main').getByText('talks', { exact: true }).waitFor();
    const lines = async (log: Locator) => (await log.innerText()).split('\n').length;
    for (const log of logs) {
      const before = await lines(log);
      await until('the log goes on', async () => (await lines(log)) > before);
    }
    await person.leave();
    await server.done('POST', `/v1/jobs/${job}/cancel`);
  });

  test('ten tabs share one stream, see what happens, tell when the server is gone, and go on when it is back', async (t) => {
    const person = await Person.comeSignedIn(browser, wire.address, server.token);
    const pages: Page[] = [];
    for (let count = 0; count < 10; ++count) pages.push(await person.open('/queue'));
    await Promise.all(pages.map((page) => isLive(page)));
    await t.test('one stream', () => assert.equal(wire.open, 1));

    const shown = (name: string, within = 10_000) =>
      Promise.all(pages.map((page) => page.getByRole('main').getByText(name, { exact: true }).waitFor({ timeout: within })));
    await t.test('what is submitted appears in all of them within two seconds', async () => {
      const took: number[] = [];
      await until('once at least', async () => {
        const name = `new-${took.length}`;
        const seen = shown(name);
        const begun = Date.now();
        await server.submit({ name, script: 'exec sleep 300' });
        await seen;
        took.push(Date.now() - begun);
        return took.at(-1)! <= 2000 || took.length === 5;
      });
      t.diagnostic(`shown by ten tabs after ${took.join(', ')} ms`);
      assert.ok(took.at(-1)! <= 2000);
    });

    await t.test('all of them tell within three seconds that the server was killed', async () => {
      await Promise.all(pages.map((page) => page.evaluate(() => Object.assign(window, { isSame: true }))));
      await server.kill();
      await Promise.all(pages.map((page) => isStale(page, 3000)));
    });

    await t.test('all are live when it is back, without a load, and show what has happened meanwhile', async () => {
      await server.startAgain();
      await server.submit({ name: 'meanwhile', script: 'exec sleep 300' });
      await Promise.all(pages.map((page) => isLive(page)));
      await shown('meanwhile');
      for (const page of pages) assert.ok(await page.evaluate(() => 'isSame' in window));
      assert.equal(wire.open, 1);
    });

    await t.test('the last one is live when the others are closed, and takes the stream along when it goes', async () => {
      while (pages.length > 1) {
        await pages.shift()!.close();
        if (pages.length === 5) await isLive(pages[0]!);
      }
      assert.equal(wire.open, 1);
      await server.submit({ name: 'late', script: 'exec sleep 300' });
      await shown('late');
      await isLive(pages[0]!);
      await pages[0]!.close();
      await until('the stream is closed', () => wire.open === 0);
    });
    await person.leave();
  });
});
