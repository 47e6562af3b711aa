// Measures the portal against a server that rehearses 260,000 GPUs: docs/design/0032-portal.md has what came of it.
//
//   node bench/portal_bench/measure.mjs URL TOKEN_FILE map|queue|crowd
//
//   map    first picture, frames a second while zooming and panning, memory of the browser
//   queue  the first page of the queue, sorted and filtered, by the API and in the browser
//   crowd  200 live streams: what a submission takes without them and with them, in turn
//
// Prints a JSON line a figure.
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { chromium } from '../../portal/node_modules/playwright-core/index.mjs';

const [url, tokenFile, what] = process.argv.slice(2);
const token = readFileSync(tokenFile, 'utf8').trim();
const authorization = { authorization: `Bearer ${token}` };
const tell = (name, value, unit) => console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, unit }));
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const at = (all, part) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * part))];

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

// Kilobytes that a process and all below it hold, shared pages by their part.
function memoryOf(root) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = readFileSync(`/proc/${entry}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[1];
      children.set(parent, [...(children.get(parent) ?? []), entry]);
    } catch {
      // It has ended since.
    }
  }
  let sum = 0;
  const wanted = [String(root)];
  while (wanted.length > 0) {
    const pid = wanted.pop();
    wanted.push(...(children.get(pid) ?? []));
    try {
      sum += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Likewise.
    }
  }
  return sum;
}

// A browser that draws in software, with a session.
async function signedIn() {
  const server = await chromium.launchServer({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${url}/submit`);
  await page.fill('input[name=token]', token);
  await page.click('button.main');
  await page.waitForSelector('nav');
  return { server, browser, context, page, pid: server.process().pid };
}

async function measureMap() {
  const { server, browser, context, page, pid } = await signedIn();
  await page.goto('about:blank');
  tell('memory of all processes of the browser, with an empty page', memoryOf(pid) / 1024, 'MiB');
  await page.goto(`${url}/`);
  await page.waitForFunction(() => performance.getEntriesByName('fleet-drawn').length > 0);
  await page.waitForTimeout(20_000);
  tell('memory of all processes of the browser, with the map', memoryOf(pid) / 1024, 'MiB');
  await page.close();
  const firsts = [];
  for (let i = 0; i < 5; ++i) {
    const fresh = await context.newPage();
    const took = await timed(async () => {
      await fresh.goto(`${url}/`);
      await fresh.waitForFunction(() => performance.getEntriesByName('fleet-drawn').length > 0, null, { polling: 20 });
    });
    firsts.push(took);
    if (i < 4) await fresh.close();
  }
  tell('first picture, from the address to all cells', median(firsts), 'ms');
  const shown = context.pages()[0];
  const box = await shown.locator('canvas').first().boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const frames = async (name, move) => {
    await shown.evaluate(() => {
      const ticks = (window.ticks = []);
      const tick = (now) => {
        ticks.push(now);
        if (window.ticks === ticks) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    await move();
    const ticks = await shown.evaluate(() => {
      const { ticks } = window;
      window.ticks = null;
      return ticks;
    });
    const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i]);
    tell(`${name}: frames a second`, (1000 * gaps.length) / (ticks.at(-1) - ticks[0]), '1/s');
    tell(`${name}: 95 % of frames within`, at(gaps, 0.95), 'ms');
  };
  await frames('at rest, live', () => shown.waitForTimeout(5000));
  await frames('zooming in and out', async () => {
    await shown.mouse.move(x, y);
    for (let i = 0; i < 150; ++i) {
      await shown.mouse.wheel(0, i % 50 < 25 ? -80 : 80);
      await shown.waitForTimeout(16);
    }
  });
  await frames('panning', async () => {
    await shown.mouse.wheel(0, -300);
    await shown.mouse.move(x, y);
    await shown.mouse.down();
    for (let i = 0; i < 150; ++i) {
      await shown.mouse.move(x + 200 * Math.sin(i / 12), y + 120 * Math.cos(i / 12));
      await shown.waitForTimeout(16);
    }
    await shown.mouse.up();
  });
  tell('memory of all processes of the browser, after five loads and all that', memoryOf(pid) / 1024, 'MiB');
  await browser.close();
  await server.close();
}

async function measureQueue() {
  const tenants = (await (await fetch(`${url}/v1/tenants`, { headers: authorization })).json()).tenants;
  const rare = tenants.at(-1).path;
  for (const query of ['', 'sort=newest', 'sort=largest', 'sort=soonest', `tenant=${rare}`, `tenant=${rare}&sort=largest`, 'search=zzz']) {
    const times = [];
    for (let i = 0; i < 5; ++i) {
      times.push(
        await timed(async () => {
          await (await fetch(`${url}/v1/jobs?limit=50&${query}`, { headers: authorization })).text();
        }),
      );
    }
    tell(`GET /v1/jobs?limit=50&${query}`, median(times), 'ms');
  }
  const { server, browser, page } = await signedIn();
  for (const query of ['', `?tenant=${encodeURIComponent(rare)}`]) {
    const times = [];
    for (let i = 0; i < 5; ++i) {
      await page.goto(`${url}/submit`);
      await page.waitForSelector('nav');
      times.push(
        await timed(async () => {
          await page.evaluate((to) => {
            history.pushState(null, '', to);
            dispatchEvent(new PopStateEvent('popstate'));
          }, `/queue${query}`);
          await page.waitForSelector('main table tbody tr, main .quiet', { state: 'attached' });
          await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length > 0, null, { polling: 10 });
        }),
      );
    }
    tell(`the page /queue${query}`, median(times), 'ms');
  }
  await browser.close();
  await server.close();
}

// Submissions one after the other, each answered when it is durable.
async function submissions(count) {
  const times = [];
  const body = JSON.stringify({ name: 'probe', tenant: process.env.TENANT, hold: true, script: 'true' });
  for (let i = 0; i < count; ++i) {
    times.push(
      await timed(async () => {
        const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', headers: authorization, body });
        if (answer.status !== 201) throw new Error(await answer.text());
        await answer.text();
      }),
    );
  }
  return times;
}

async function measureCrowd() {
  for (let round = 0; round < 3; ++round) {
    const without = await submissions(300);
    const abort = new AbortController();
    let bytes = 0;
    for (let i = 0; i < 200; ++i) {
      const answer = await fetch(`${url}/v1/live`, { headers: authorization, signal: abort.signal });
      const drain = async () => {
        for await (const piece of answer.body) bytes += piece.length;
      };
      drain().catch(() => undefined);
    }
    await new Promise((done) => setTimeout(done, 5000));
    const before = bytes;
    const withThem = await submissions(300);
    tell(`round ${round}: submission without portals, median`, median(without), 'ms');
    tell(`round ${round}: submission without portals, 99 %`, at(without, 0.99), 'ms');
    tell(`round ${round}: submission with 200, median`, median(withThem), 'ms');
    tell(`round ${round}: submission with 200, 99 %`, at(withThem, 0.99), 'ms');
    tell(`round ${round}: received by all meanwhile`, (bytes - before) / 1e6, 'MB');
    abort.abort();
    await new Promise((done) => setTimeout(done, 1000));
  }
}

await { map: measureMap, queue: measureQueue, crowd: measureCrowd }[what]();
process.exit(0);
