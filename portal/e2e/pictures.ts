// Pictures of the portal for its documentation: `npm run e2e:pictures` writes docs/pictures/portal-*.png.
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { isLive, isReady, launch, Person, type Language } from './lib/browser.ts';
import { Server } from './lib/server.ts';
import { until } from './lib/until.ts';
import { fill, openCall, village } from './lib/village.ts';

const folder = '../docs/pictures';
const mostBytes = 150_000;

interface Picture {
  name: string;
  path: string;
  language: Language;
  height: number;
}

async function take(browser: Browser, server: Server, token: string, pictures: Picture[]): Promise<void> {
  for (const { name, path, language, height } of pictures) {
    const locale = language === 'ko' ? 'ko-KR' : 'en-GB';
    const person = await Person.comeSignedIn(browser, server.address, token, {
      locale,
      timezoneId: 'Asia/Seoul',
      colorScheme: 'light',
      viewport: { width: 1280, height },
    });
    const page = await person.open(path);
    await isLive(page);
    await isReady(page);
    const file = `${folder}/portal-${name}-${language}.png`;
    await page.screenshot({ path: file });
    const { size } = statSync(file);
    console.log(`${file}: ${size} bytes`);
    if (size > mostBytes) process.exitCode = 1;
    await person.leave();
  }
}

interface Tenant {
  path: string;
  pools: { pool: string; guarantee?: number }[];
}

// A nation's fleet, of which each tenant uses what is guaranteed to it, and some wait for more.
async function nation(): Promise<Server> {
  const read = (name: string) => readFileSync(`../scenarios/nation/${name}.yaml`, 'utf8');
  const server = await Server.start({ fleet: read('fleet'), tenants: read('tenants'), rehearse: true });
  const { tenants } = await server.done<{ tenants: Tenant[] }>('GET', '/v1/tenants');
  const inner = new Set(tenants.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  const names = ['pretrain', 'finetune', 'evaluate', 'distill', 'rollouts', 'embeddings'];
  const jobs: object[] = [];
  for (const { path, pools } of tenants) {
    if (inner.has(path)) continue;
    for (const { pool, guarantee = 0 } of pools) {
      for (let left = guarantee * 1.05, size = 1; left >= 8; size = (size * 5) % 31) {
        const nodes = Math.max(1, Math.min(Math.floor(left / 8), size * 4));
        left -= nodes * 8;
        jobs.push({
          name: names[jobs.length % names.length],
          tenant: path,
          pools: [pool],
          tasks: nodes,
          per_task: { gpus: 8 },
          time_limit: `${4 + (jobs.length % 60)}h`,
          environment: { REHEARSED_RUN: '3h' },
          script: 'true',
        });
      }
    }
  }
  for (let first = 0; first < jobs.length; first += 500) {
    await server.done('POST', '/v1/jobs', { jobs: jobs.slice(first, first + 500) });
  }
  await until(
    'most of it is in use',
    async () => {
      const { pools } = await server.done<{ pools: { held: number; capacity: number }[] }>('GET', '/v1/fleet');
      return pools.every(({ held, capacity }) => held > 0.6 * capacity);
    },
    60_000,
  );
  return server;
}

async function firstThatWaits(server: Server): Promise<number> {
  return until(
    'it is said of one when it starts',
    async () => {
      const { jobs } = await server.done<{ jobs: { id: number; forecast?: object }[] }>('GET', '/v1/jobs?state=pending');
      return jobs.find(({ forecast }) => forecast)?.id;
    },
    60_000,
  );
}

mkdirSync(folder, { recursive: true });
const browser = await launch();

const large = await nation();
const waiting = await firstThatWaits(large);
await take(browser, large, large.token, [
  { name: 'fleet', path: '/', language: 'en', height: 800 },
  { name: 'job', path: `/jobs/${waiting}`, language: 'en', height: 800 },
  { name: 'queue', path: '/queue?state=waiting', language: 'ko', height: 590 },
]);
await large.kill();
await large.close();

const here = await village();
await openCall(here);
await fill(here);
await take(browser, here.server, here.everything, [
  { name: 'programmes', path: '/programmes/large/calls/spring', language: 'ko', height: 720 },
]);
await here.server.close();
await browser.close();
