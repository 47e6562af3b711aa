import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { EstateUnderTest } from './estate.ts';

const estate = new EstateUnderTest();
before(() => estate.begin());
after(() => estate.end());

const badge = (page: Page, words: RegExp) =>
  page.locator('.job-head .badge', { hasText: words }).waitFor({ timeout: 20_000 });
const steps = (page: Page) => page.locator('ol.life strong').allTextContents();

test('a job is written, planned, sent and followed to its end', async () => {
  const page = await estate.open('/submit');
  await page.fill('input[name=name]', 'from-the-portal');
  await page.selectOption('select[name=tenant]', 'nipa/arm');
  await page.fill('input[name=time_limit]', '2 hours');
  const script =
    '#!/bin/bash\nfor i in $(seq 1 30000); do echo -e "\\e[31mline $i\\e[0m"; done\nsleep 3\necho "the end"\n';
  await page.fill('textarea[name=script]', script);
  await page.click('text=Show the plan');
  await page.click('.mistakes button');
  const chosen = await page.$eval('.editor textarea', (area) => {
    const { value, selectionStart, selectionEnd } = area as HTMLTextAreaElement;
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(chosen, 'time_limit: "2 hours"', 'the line of the mistake');
  await page.fill('input[name=time_limit]', '30m');
  await page.click('text=Show the plan');
  await page.waitForSelector('.plan');
  await page.click('.beside .acts button.main');
  await page.waitForURL('**/jobs/*');
  await badge(page, /running/);
  await badge(page, /completed/);
  await page.waitForSelector('.log .state.ended');
  const output = (await page.textContent('pre.output'))!;
  assert.match(output, /line 30000\nthe end$/);
  assert.ok(output.split('\n').length <= 2001 && !output.includes('\x1b'));
  assert.deepEqual(await steps(page), ['Submitted', 'Starting', 'Running', 'Ended']);
});

test('one that is evicted tells for whom, and goes on', async () => {
  const borrower = await estate.submit(
    'name: borrower\ntenant: nipa/arm\nper_task: {gpus: 8}\ntime_limit: 5h\ncheckpoint: {every: 1m, grace: 1s}\nscript: |\n  sleep 20\n',
  );
  const page = await estate.open(`/jobs/${borrower}`);
  await badge(page, /running/);
  const owner = await estate.submit(
    'name: owner\ntenant: naver\nper_task: {gpus: 4}\ntime_limit: 1h\nscript: sleep 3\n',
  );
  await page.locator('ol.life', { hasText: `for job ${owner} of naver` }).waitFor({ timeout: 20_000 });
  await page.locator('ol.life', { hasText: 'Resumed' }).waitFor({ timeout: 30_000 });
  await page.click('.job-head button:has-text("Cancel job")');
  await page.click('dialog button.bad');
  await badge(page, /cancelled/);
});

test('what would start it is offered, and starts it', async () => {
  await estate.submit('name: first\ntenant: naver\nper_task: {gpus: 4}\ntime_limit: 1h\nscript: sleep 12\n');
  await estate.submit('name: wants-all\ntenant: nipa/arm\nper_task: {gpus: 8}\ntime_limit: 2h\nscript: sleep 1\n');
  const long = await estate.submit('name: long\ntenant: naver\nper_task: {gpus: 2}\ntime_limit: 5h\nscript: sleep 2\n');
  const page = await estate.open(`/jobs/${long}`);
  await page.click('text=Do this');
  await page.click('dialog button.main');
  await badge(page, /running/);
  assert.ok((await estate.ask<{ time_limit_s: number }>(`/v1/jobs/${long}`)).time_limit_s < 3600);
});

test('the queue finds, sorts and tells of what is new', async () => {
  const numbers = (page: Page) => page.$$eval('table.jobs .number', (all) => all.map((one) => Number(one.textContent)));
  const array = 'name: many\ntenant: nipa/lab\nper_task: {gpus: 8}\nhold: true\narray: 0-119\nscript: sleep 1\n';
  const first = await estate.submit(array);
  const page = await estate.open('/queue?state=held&sort=newest');
  await page.waitForSelector('table.jobs');
  assert.deepEqual((await numbers(page)).slice(0, 3), [first + 119, first + 118, first + 117]);
  await page.click('nav button:has-text("Next")');
  await page.locator('.number', { hasText: String(first + 69) }).waitFor();
  await page.click('nav button:has-text("First page")');
  await page.locator('.number', { hasText: String(first + 119) }).waitFor();
  await estate.submit('name: needle\ntenant: naver\nper_task: {gpus: 8}\nhold: true\nscript: sleep 1\n');
  await page.click('text=1 new job');
  await page.locator('table.jobs', { hasText: 'needle' }).waitFor();
  await page.fill('input[type=search]', 'NEEDLE');
  await page.waitForURL('**search=NEEDLE**');
  await page.waitForFunction(() => document.querySelectorAll('table.jobs .number').length === 1);
  const one = await estate.open(`/jobs/${first + 7}`);
  await one.click('.job-head a[href*=array]');
  await one.locator('.number', { hasText: String(first + 49) }).waitFor();
  assert.deepEqual((await numbers(one)).slice(0, 2), [first, first + 1]);
});

test('everybody is shown what is theirs to see', async () => {
  const job = await estate.submit('name: secret\ntenant: naver\nper_task: {gpus: 8}\nhold: true\nscript: sleep 1\n');
  const operator = await estate.open(`/jobs/${job}`, estate.tokenOf('op', 'operator'));
  await operator.locator('h1', { hasText: `Job ${job}` }).waitFor();
  assert.ok(!(await operator.textContent('body'))!.includes('secret'));
  const guest = await estate.open(`/jobs/${job}`, estate.tokenOf('somebody', 'guest:naver'));
  await guest.locator('text=There is no such job').waitFor();
});

test('nothing serious stands in the way of anybody', async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const phone = { viewport: { width: 360, height: 740 }, locale: 'ko-KR' };
  const dark = { colorScheme: 'dark' as const };
  for (const path of ['/queue', '/jobs/1', '/submit?from=1']) {
    for (const options of [phone, dark]) {
      const page = await estate.open(path, undefined, options);
      await page.waitForSelector('table.jobs, .job-head, .submit');
      await page.waitForTimeout(500);
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
        return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
      });
      assert.deepEqual(found, [], path);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is too wide`);
      await page.context().close();
    }
  }
  assert.deepEqual(estate.problems, []);
});
