// A server of Dure in a folder of its own, as `dure serve` starts one.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dure } from './need.ts';
import { until } from './until.ts';

export interface Answer<Body = unknown> {
  status: number;
  body: Body;
}

interface Declared {
  fleet?: string; // YAML
  tenants?: string;
  devices?: number; // emulated ones; 0: those of the machine
  rehearse?: boolean; // the fleet is not there, and nothing runs
  environment?: Record<string, string>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'dure-e2e-'));
  address = '';
  token = ''; // the first, of an operator and owner of everything
  private child: ChildProcess | null = null;
  private readonly environment: NodeJS.ProcessEnv;

  private constructor(declared: Declared) {
    const write = (name: string, text: string) => writeFileSync(join(this.folder, name), text);
    if (declared.fleet) write('fleet.yaml', declared.fleet);
    if (declared.tenants) write('tenants.yaml', declared.tenants);
    const devices = declared.devices ?? 4;
    write(
      'server.yaml',
      [
        'trust_jobs: true',
        declared.rehearse ? 'rehearse: true' : devices > 0 ? `devices: {emulated: ${devices}}` : '',
        declared.fleet ? 'fleet: fleet.yaml' : '',
        declared.tenants ? 'tenants: tenants.yaml' : '',
        '',
      ].join('\n'),
    );
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DURE'));
    this.environment = { ...Object.fromEntries(others), ...declared.environment };
  }

  static async start(declared: Declared = {}): Promise<Server> {
    const server = new Server(declared);
    await server.serve('127.0.0.1:0');
    return server;
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  // After `stop` or `kill`: on the same port, with the same data.
  async startAgain(): Promise<void> {
    await this.serve(`127.0.0.1:${this.port}`);
  }

  private async serve(listen: string): Promise<void> {
    const data = join(this.folder, 'data');
    rmSync(join(data, 'address'), { force: true });
    let said = '';
    const child = spawn(dure, ['serve', '--config', join(this.folder, 'server.yaml'), '--data', data, '--listen', listen], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    child.stdout.on('data', (text: Buffer) => (said += text));
    child.stderr.on('data', (text: Buffer) => (said += text));
    const read = (name: string) => (existsSync(join(data, name)) ? readFileSync(join(data, name), 'utf8').trim() : '');
    await until('the server listens', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${said}`);
      this.address = read('address');
      this.token = read('token');
      return this.address && this.token && fetch(`${this.address}/readyz`).then((answer) => answer.ok, () => false);
    });
  }

  // As if the machine had lost it: jobs go on.
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  // It answers nobody, and its connections stay.
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  // With its jobs and its folder.
  async close(): Promise<void> {
    if (this.child) {
      this.thaw();
      await this.endJobs();
      await this.end('SIGTERM');
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private async endJobs(): Promise<void> {
    await until('all jobs have ended', async () => {
      const { body } = await this.ask<{ jobs: { id: number; state: string }[] }>('GET', '/v1/jobs?limit=1000');
      const left = body.jobs ?? [];
      for (const job of left) {
        if (job.state !== 'stopping') await this.ask('POST', `/v1/jobs/${job.id}/cancel`);
      }
      return left.length === 0;
    });
  }

  // As whoever has `token`. What is text is sent as YAML.
  async ask<Body = unknown>(method: string, path: string, body?: unknown, token = this.token): Promise<Answer<Body>> {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers['Content-Type'] = typeof body === 'string' ? 'application/yaml' : 'application/json';
      init.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    const answer = await fetch(this.address + path, init);
    const text = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json');
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  // The same, where anything but success is a failure of the test.
  async done<Body = unknown>(method: string, path: string, body?: unknown, token = this.token): Promise<Body> {
    const answer = await this.ask<Body>(method, path, body, token);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  // The secret of a new token. Grants are written `role` or `role:tenant`.
  async tokenOf(subject: string, ...grants: string[]): Promise<string> {
    return (await this.makeToken(subject, ...grants)).secret;
  }

  async makeToken(subject: string, ...grants: string[]): Promise<{ id: string; secret: string }> {
    const parts = grants.map((grant) => grant.split(':'));
    return this.done('POST', '/v1/tokens', {
      subject,
      grants: parts.map(([role, tenant]) => (tenant ? { role, tenant } : { role })),
      expires_in: '1d',
    });
  }

  // The number of a new job.
  async submit(job: Record<string, unknown>, token = this.token): Promise<number> {
    const answer = await this.done<{ jobs: { id?: number; error?: string }[] }>('POST', '/v1/jobs', job, token);
    const id = answer.jobs[0]?.id;
    if (!id) throw new Error(`not submitted: ${answer.jobs[0]?.error}`);
    return id;
  }

  async waitFor(job: number, state: string): Promise<void> {
    await until(`job ${job} is ${state}`, async () => {
      return (await this.done<{ state: string }>('GET', `/v1/jobs/${job}`)).state === state;
    });
  }

  // What `dure` prints, called as people call it.
  async cli(token: string, ...parameters: string[]): Promise<string> {
    const environment = { ...this.environment, DURE_SERVER: this.address, DURE_TOKEN: token };
    const { stdout } = await promisify(execFile)(dure, parameters, { cwd: this.folder, env: environment });
    return stdout;
  }
}
