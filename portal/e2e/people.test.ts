// What each of the five people comes for, through what they can see and read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { brokenGpus } from './lib/broken_gpus.ts';
import { launch, Person, signIn } from './lib/browser.ts';
import { inBrowser } from './lib/need.ts';
import { Server } from './lib/server.ts';
import { until } from './lib/until.ts';
import { apply, fill, village } from './lib/village.ts';

const main = (page: Page) => page.getByRole('main');
const visit = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
const row = (page: Page, text: string | RegExp) => main(page).getByRole('row').filter({ hasText: text });

// The figure that stands with a word, as in `failed 2`.
const figure = (within: Locator, word: string, value: string | RegExp) =>
  within.locator('div').filter({ has: within.page().getByText(word, { exact: true }), hasText: value }).first();

inBrowser('people', () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test('an operator sees on the map that GPUs have failed, finds the node, and drains it with a reason', async (t) => {
    const gpus = brokenGpus();
    const server = await Server.start({ devices: 0, environment: gpus.environment });
    t.after(async () => {
      await server.close();
      gpus.remove();
    });
    const person = await Person.come(browser, server.address);
    const page = await person.open('/');
    await signIn(page, server.token);
    await main(page).getByRole('application').or(main(page).locator('canvas')).first().waitFor();
    await figure(main(page).getByRole('region', { name: 'Totals' }), 'failed', /^failed2$|^2failed$/).waitFor();
    await main(page).getByLabel('Colour by').selectOption('health');
    await main(page).getByText('well, beside one that failed').waitFor();

    await visit(page, 'Nodes');
    await main(page).getByLabel('State').selectOption('with failed GPUs');
    await row(page, 'local-gpu').getByRole('link').first().click();
    await until('both are shown', async () => (await row(page, 'failed').count()) === 2);
    await main(page).getByRole('button', { name: 'Drain' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain' });
    await dialog.getByLabel('Reason').fill('two GPUs have failed');
    await dialog.getByRole('button', { name: 'Drain' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await main(page).getByText('drained', { exact: true }).waitFor();
    await main(page).getByText('two GPUs have failed').waitFor();

    const { nodes } = await server.done<{ nodes: { state: string; reason: string }[] }>('GET', '/v1/nodes');
    assert.equal(nodes[0]?.state, 'drained');
    assert.match(nodes[0].reason, /two GPUs have failed/);
    await visit(page, 'Fleet');
    await figure(main(page).getByRole('region', { name: 'Totals' }), 'drained', /[1-9]/).waitFor();
    await person.leave();
  });

  test('an owner sees what is lent now, and to whom it was lent', async (t) => {
    const here = await village();
    t.after(() => here.server.close());
    await fill(here);
    const owner = await here.server.tokenOf('owner', 'owner:naver');
    const person = await Person.come(browser, here.server.address);
    const page = await person.open('/');
    await signIn(page, owner);
    await visit(page, 'Owners');
    const shares = main(page).getByRole('region', { name: 'Shares now' }).getByRole('row').filter({ hasText: 'naver' });
    await until('its share is shown', async () => {
      const [, , , owned, used] = await shares.getByRole('cell').allInnerTexts();
      return owned === '4' && used === '2';
    });
    const matrix = main(page).getByRole('region', { name: 'Who lent to whom' });
    await matrix.getByRole('columnheader', { name: 'nipa' }).waitFor();
    await until('the loan has become a hundredth of an hour', async () => {
      await page.reload();
      const lent = matrix.getByRole('row').filter({ hasText: 'naver' }).getByRole('cell').first();
      return Number(await lent.innerText()) >= 0.01;
    }, 60_000);
    await person.leave();
  });

  test('a programme office opens a call, reviews applications in the page, and decides', async (t) => {
    const here = await village();
    t.after(() => here.server.close());
    const { server, officer } = here;
    const person = await Person.come(browser, server.address);
    const page = await person.open('/programmes');
    await signIn(page, officer);
    await main(page).getByRole('link', { name: 'large', exact: true }).first().click();
    await server.cli(officer, 'call', 'open', 'call.yaml', '--programme', 'large');
    await apply(server, here.kim, 'arm', 'industry');
    await apply(server, here.lee, 'lab', 'academia');
    await page.reload();
    await main(page).getByRole('link', { name: 'spring' }).first().click();

    for (const [name, score] of [
      ['arm', '91.5'],
      ['lab', '55'],
    ] as const) {
      await row(page, name).getByRole('button', { name: 'Review' }).click();
      const dialog = page.getByRole('dialog', { name: 'Review' });
      await dialog.getByText(`organisation: ${name.toUpperCase()}`).or(dialog.getByText(name.toUpperCase())).first().waitFor();
      await dialog.getByLabel('Score').fill(score);
      await dialog.getByLabel('Why').fill('as the committee found');
      await dialog.getByRole('button', { name: 'Review' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await row(page, name).getByText('reviewed', { exact: true }).waitFor();
      await row(page, name).getByText(score, { exact: true }).waitFor();
    }
    await main(page).getByText('2 of 2 applications are reviewed').waitFor();
    await server.cli(officer, 'call', 'decide', 'spring', '--why', 'first round');
    await page.reload();
    await row(page, 'arm').getByText('awarded').first().waitFor();
    await row(page, 'lab').getByText(/^(refused|waiting)$/).first().waitFor();

    // A firm sees its award, and not what was said of the other.
    const firm = await Person.come(browser, server.address);
    const theirs = await firm.open(new URL(page.url()).pathname);
    await signIn(theirs, here.kim);
    await row(theirs, 'arm').getByText('awarded').first().waitFor();
    assert.equal(await row(theirs, 'lab').count(), 0);
    await firm.leave();
    await person.leave();
  });

  test('a researcher plans and submits a job, follows what it writes, and sees why another waits', async (t) => {
    const here = await village();
    t.after(() => here.server.close());
    const person = await Person.come(browser, here.server.address);
    const page = await person.open('/submit');
    await signIn(page, here.kim);
    const form = main(page);
    await form.getByLabel('Name', { exact: true }).fill('pretrain');
    await form.getByLabel('Script', { exact: true }).fill('#!/bin/bash\nfor i in $(seq 1 200); do echo "step $i"; sleep 0.5; done\n');
    await form.getByLabel('GPUs of a task').fill('6');
    await form.getByLabel('Time limit').fill('10m');
    await form.getByRole('button', { name: 'Show the plan' }).click();
    await form.getByRole('heading', { name: 'It starts at once.' }).waitFor();
    await form.getByText('holds 6 GPUs').waitFor();
    await form.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByRole('heading', { name: 'pretrain' }).waitFor();
    await main(page).getByText('running', { exact: true }).first().waitFor();
    const log = main(page).getByLabel(/^Log|^Output|^What it writes/).first();
    await log.getByText(/step 2\b/).waitFor();
    await log.getByText(/step 6\b/).waitFor();

    await visit(page, 'Submit');
    await form.getByLabel('Name', { exact: true }).fill('evaluate');
    await form.getByLabel('Script', { exact: true }).fill('#!/bin/bash\necho done\n');
    await form.getByLabel('GPUs of a task').fill('4');
    await form.getByLabel('Time limit').fill('10m');
    await form.getByRole('button', { name: 'Show the plan' }).click();
    await form.getByRole('heading', { name: /^It starts about/ }).waitFor();
    await form.getByRole('button', { name: 'Submit', exact: true }).click();
    await page.getByRole('heading', { name: 'evaluate' }).waitFor();
    await main(page).getByRole('heading', { name: 'What keeps it from starting' }).waitFor();
    await main(page).getByText('it needs 4 GPUs and 2 GPUs are free', { exact: false }).first().waitFor();

    await visit(page, 'Queue');
    await row(page, 'pretrain').getByText('running').waitFor();
    await row(page, 'evaluate').getByText('pending').waitFor();
    await row(page, 'pretrain').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /Cancel job|End|Cancel/ }).first().click();
    await row(page, 'evaluate').waitFor({ state: 'detached' });
    await person.leave();
  });

  test('a startup with one server signs in, and its first job has run within a minute, in Korean', async (t) => {
    const server = await Server.start({ devices: 2 });
    t.after(() => server.close());
    const person = await Person.come(browser, server.address, { locale: 'ko-KR' });
    const begun = Date.now();
    const page = await person.open('/');
    await signIn(page, server.token);
    await visit(page, '작업 제출');
    const form = main(page);
    await form.getByLabel('이름', { exact: true }).fill('first');
    await form.getByLabel('스크립트', { exact: true }).fill('#!/bin/bash\necho "안녕, 두레"\n');
    await form.getByRole('button', { name: '제출', exact: true }).click();
    await page.getByRole('heading', { name: 'first' }).waitFor();
    await main(page).getByText('완료', { exact: true }).first().waitFor();
    await main(page).getByText('안녕, 두레', { exact: true }).first().waitFor();
    assert.ok(Date.now() - begun < 60_000);
    await person.leave();
  });
});
