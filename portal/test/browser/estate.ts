// A server of its own with eight emulated devices and two tenants, and a browser that is signed in to it. DURE is the
// program, with the portal's files beside it; CHROMIUM the browser.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const program = process.env.DURE ?? '../build/run/src/dure/cli/dure';

const tenants = `tenants:
- {name: naver, guarantee: {local/gpu: 4}}
- name: nipa
  guarantee: {local/gpu: 4}
  children: [{name: arm}, {name: lab}]
`;

export class EstateUnderTest {
  private readonly folder = mkdtempSync(join(tmpdir(), 'dure-portal-'));
  private readonly server: ChildProcess;
  private browser: Browser | null = null;
  readonly problems: string[] = []; // what browsers complained of
  private address = '';
  private token = '';

  constructor() {
    writeFileSync(join(this.folder, 'tenants.yaml'), tenants);
    writeFileSync(
      join(this.folder, 'server.yaml'),
      'listen: 127.0.0.1:0\ndevices: {emulated: 8}\ntenants: tenants.yaml\ntrust_jobs: true\n',
    );
    this.server = spawn(program, ['serve', '--config', join(this.folder, 'server.yaml'), '--data', this.data], {
      stdio: 'ignore',
    });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  async begin(): Promise<void> {
    const address = join(this.data, 'address');
    for (let tries = 0; tries < 300 && !existsSync(address); ++tries) await pause(100);
    this.address = readFileSync(address, 'utf8').trim();
    this.token = readFileSync(join(this.data, 'token'), 'utf8').trim();
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  }

  async end(): Promise<void> {
    await this.browser?.close();
    for (const { id } of (await this.ask<{ jobs: { id: number }[] }>('/v1/jobs?limit=1000')).jobs) {
      await this.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    }
    this.server.kill();
    await new Promise((resolve) => this.server.once('exit', resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  tokenOf(user: string, grant: string): string {
    const env = { ...process.env, DURE_DATA_DIR: this.data };
    return execFileSync(program, ['token', 'create', user, grant], { env, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  }

  async ask<Body>(path: string, init: RequestInit = {}): Promise<Body> {
    const headers = { authorization: `Bearer ${this.token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(this.address + path, { ...init, headers });
    return (await response.json().catch(() => null)) as Body;
  }

  async submit(yaml: string): Promise<number> {
    const answer = await this.ask<{ jobs: { id: number }[] }>('/v1/jobs', {
      method: 'POST',
      body: yaml,
      headers: { 'content-type': 'application/yaml' },
    });
    return answer.jobs[0]!.id;
  }

  // A page of somebody who is signed in: with all rights, unless a token is given.
  async open(path: string, token = this.token, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser!.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const language = options.locale?.slice(0, 2) ?? 'en';
    await context.addInitScript((kept) => localStorage.setItem('dure.language', kept), language);
    const headers = { 'Dure-Portal': '1', authorization: `Bearer ${token}` };
    await context.request.post(`${this.address}/v1/session`, { headers });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(`${path}: ${error.message}`));
    page.on('console', (message) => {
      const isRefusal = /status of 4\d\d/.test(message.text()); // which pages show
      if (message.type() === 'error' && !isRefusal) this.problems.push(`${path}: ${message.text()}`);
    });
    await page.goto(this.address + path);
    return page;
  }
}
