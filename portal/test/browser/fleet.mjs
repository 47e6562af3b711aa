// The map in a browser, with a made-up nation in place of a server: `node test/browser/fleet.mjs [CHROMIUM]`.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const outDir = mkdtempSync(join(tmpdir(), 'fleet-'));
await build({ logLevel: 'error', build: { outDir, emptyOutDir: true, rollupOptions: { input: 'bench/fleet.html' } } });
const server = await preview({ logLevel: 'error', build: { outDir }, preview: { port: 0 } });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
after(async () => {
  await browser.close();
  await server.close();
});

const settled = 900; // ms: a way and its rest

async function open(query, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  await page.goto(`${server.resolvedUrls.local[0]}bench/fleet.html?changes=0&${query}`);
  await page.waitForSelector('main#page section, main#page .notice');
  await page.waitForTimeout(300);
  const asked = () => new URL(page.url()).searchParams;
  const colourAt = (x, y) =>
    page.evaluate(
      ([x, y]) => {
        const canvas = document.querySelector('.stage canvas');
        return [...canvas.getContext('2d').getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data].join();
      },
      [x, y],
    );
  return { page, asked, colourAt, troubles };
}

test('keys choose what is next, go into it and out again', async () => {
  const { page, asked, troubles } = await open('');
  await page.focus('.stage canvas');
  await page.keyboard.press('ArrowRight');
  assert.equal(asked().get('pick'), 'haenam');
  assert.match(await page.textContent('p[aria-live]'), /^haenam, [\d,]+ GPUs, [\d,]+ in use$/);
  await page.keyboard.press('ArrowRight');
  const next = asked().get('pick');
  assert.notEqual(next, 'haenam');
  await page.keyboard.press('Enter');
  assert.equal(asked().get('at'), next);
  await page.waitForTimeout(settled);
  await page.keyboard.press('ArrowDown');
  assert.match(asked().get('pick'), new RegExp(`^${next}/`));
  await page.keyboard.press('Escape');
  assert.equal(asked().get('pick'), null);
  await page.keyboard.press('Escape');
  await page.waitForTimeout(settled);
  assert.equal(asked().get('at'), null);
  assert.deepEqual(troubles, []);
  await page.close();
});

test('a double click goes one level down, a wheel nearer, and the way leads back', async () => {
  const { page, asked } = await open('');
  const box = await (await page.$('.stage canvas')).boundingBox();
  const [x, y] = [box.x + box.width / 2 - 37, box.y + box.height / 2 + 23];
  for (const level of [1, 2, 3]) {
    await page.mouse.dblclick(x, y);
    await page.waitForTimeout(settled);
    assert.equal(asked().get('at').split('/').length, level);
  }
  await page.click('.crumbs li:first-child button');
  await page.waitForTimeout(settled);
  assert.equal(asked().get('at'), null);
  await page.mouse.move(x, y);
  for (let turn = 0; turn < 12; ++turn) await page.mouse.wheel(0, -200);
  await page.waitForTimeout(settled);
  assert.match(asked().get('at'), /^[\w-]+\/\w+\/b\d+/);
  await page.close();
});

test('a click on a GPU dims all but its job, and says what it is', async () => {
  const { page, asked, colourAt } = await open('at=haenam/b200/b3/r12/n1');
  const box = await (await page.$('.stage canvas')).boundingBox();
  const away = [40, Math.round(box.height / 2)];
  const before = await colourAt(...away);
  await page.mouse.click(box.x + box.width / 2 - 80, box.y + box.height / 2 - 40);
  await page.waitForTimeout(300);
  assert.match(asked().get('pick'), /^haenam\/b200\/b3\/r12\/n1\/g\d$/);
  const job = asked().get('job');
  assert.ok(Number(job) > 0);
  assert.equal(await page.getAttribute('.side .card a', 'href'), `/jobs/${job}`);
  assert.match(await page.textContent('.side .card'), /Since/);
  await page.click('text=Unselect');
  await page.waitForTimeout(200);
  assert.equal(asked().get('job'), null);
  assert.equal(await colourAt(...away), before);
  await page.close();
});

test('a search finds a node, a job, and says where there is none', async () => {
  const { page, asked } = await open('');
  const find = async (text) => {
    await page.fill('.find input', text);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(200);
  };
  await find('kakao-ansan-h100-b02-r03-n4');
  assert.equal(asked().get('pick'), 'kakao-ansan/h100/b2/r3/n4');
  await find('7');
  assert.equal(asked().get('job'), '7');
  await find('999999999');
  assert.match(await page.textContent('.found'), /Job 999999999 holds nothing/);
  await find('nowhere');
  assert.match(await page.textContent('.found'), /No node/);
  await page.close();
});

test('other pages link to a node by its name', async () => {
  const { page, asked } = await open('node=sk-ulsan-b200-b02-r03-n1');
  assert.equal(asked().get('at'), 'sk-ulsan/b200/b2/r3/n1');
  assert.equal(asked().get('node'), null);
  await page.close();
});

test('the map is live', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${server.resolvedUrls.local[0]}bench/fleet.html?changes=2000&mode=state`);
  await page.waitForSelector('.stage canvas');
  const sum = () =>
    page.evaluate(() => {
      const canvas = document.querySelector('.stage canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((total, byte, at) => (total * 31 + byte * at) % 1_000_000_007, 7);
    });
  await page.waitForTimeout(500);
  const before = [await sum(), await page.textContent('.legend')];
  await page.waitForTimeout(1500);
  const now = [await sum(), await page.textContent('.legend')];
  assert.notEqual(now[0], before[0]);
  assert.notEqual(now[1], before[1], 'the legend too');
  await page.close();
});

test('members see their own jobs alone and are told so; guests are sent to the queue', async () => {
  const member = await open('role=member');
  assert.match(await member.page.textContent('.legend'), /not yours to see/);
  assert.doesNotMatch(await member.page.textContent('.legend'), /idle/);
  await member.page.close();
  const guest = await open('role=guest');
  assert.equal(await guest.page.getAttribute('.notice a', 'href'), '/queue');
  await guest.page.close();
});

test('fingers zoom, and a phone shows map and legend one below the other', async () => {
  const { page } = await open('', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const [stage, side] = await page.evaluate(() =>
    ['.stage', '.side'].map((of) => document.querySelector(of).getBoundingClientRect().toJSON()),
  );
  assert.ok(side.top >= stage.bottom - 1);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  const client = await page.context().newCDPSession(page);
  const touch = (type, points) =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([x, y], id) => ({ x, y: y + stage.top, id })),
    });
  await touch('touchStart', [
    [180, 150],
    [200, 150],
  ]);
  for (let step = 1; step <= 20; ++step)
    await touch('touchMove', [
      [180 - 8 * step, 150],
      [200 + 8 * step, 150],
    ]);
  await touch('touchEnd', []);
  await page.waitForTimeout(settled);
  assert.ok(new URL(page.url()).searchParams.get('at'));
  await page.close();
});
