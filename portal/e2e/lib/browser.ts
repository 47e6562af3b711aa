// A browser, and what its pages must never do.
import assert from 'node:assert/strict';
import { chromium as playwright, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { chromium } from './need.ts';
import { until } from './until.ts';

export async function launch(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return playwright.launch({ executablePath: chromium, args: isRoot ? ['--no-sandbox'] : [] });
}

export type Language = 'en' | 'ko';
export type Theme = 'light' | 'dark';

// One who looks: what goes wrong in any of their pages is kept.
export class Person {
  readonly requests: string[] = [];
  readonly troubles: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly address: string,
  ) {
    context.setDefaultTimeout(15_000);
    context.on('request', (request) => this.requests.push(request.url()));
    context.on('weberror', (error) => this.troubles.push(String(error.error())));
    context.on('console', (message) => {
      // That a request was refused is told of by the page.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.troubles.push(message.text());
      }
    });
  }

  static async come(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Person> {
    return new Person(await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options }), address);
  }

  // One whose browser holds a session already.
  static async comeSignedIn(browser: Browser, address: string, token: string, options: BrowserContextOptions = {}): Promise<Person> {
    const person = await Person.come(browser, address, options);
    const page = await person.open('/');
    await signIn(page, token);
    await page.close();
    return person;
  }

  async open(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.address + path);
    return page;
  }

  async leave(): Promise<void> {
    await this.context.close();
    assert.deepEqual(this.troubles, [], 'no page had an error');
  }

  // Requests that went to another server than the one the page came from.
  foreign(): string[] {
    return this.requests.filter((url) => new URL(url).origin !== new URL(this.address).origin);
  }
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel(/^(Token|토큰)$/).fill(token);
  await page.getByRole('main').getByRole('button', { name: /^(Sign in|로그인)$/ }).click();
  await page.getByRole('button', { name: /^(Sign out|로그아웃)$/ }).waitFor();
}

// Until the page has read what it shows, and what it says stays so.
export async function isReady(page: Page): Promise<void> {
  const main = page.getByRole('main');
  const loading = page.getByText(/^(Loading|불러오는 중) …$/);
  let before = '';
  await until('the page has read what it shows', async () => {
    const now = await main.innerText();
    const isSettled = now !== '' && now === before && (await loading.count()) === 0;
    before = now;
    if (!isSettled) await page.waitForTimeout(100);
    return isSettled;
  });
}

export async function isLive(page: Page, within = 15_000): Promise<void> {
  await page.getByRole('banner').getByText(/^(Live|실시간)$/).waitFor({ timeout: within });
}

export async function isStale(page: Page, within: number): Promise<void> {
  await page.getByRole('banner').getByText(/^Stale: nothing heard for \d+ s$/).waitFor({ timeout: within });
}

export async function speak(page: Page, language: Language): Promise<void> {
  await page.getByLabel(/^(Language|언어)$/).selectOption(language);
}

export async function paint(page: Page, theme: Theme): Promise<void> {
  await page.getByLabel(/^(Colours|색상)$/).selectOption(theme);
}
