// A small estate where something of everything happens: two owners of eight devices, a programme with a call, grants and
// loans, jobs that run, wait and have ended.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from './server.ts';
import { until } from './until.ts';

const fleet = `
fleet: village
sites:
- name: local
  engine: {kind: local}
  pools:
  - name: gpu
    gpu: {model: emulated, per_node: 8}
    nodes: 1
    node: {cpus: 64, memory: 64Gi}
    owners: {nipa: 4, naver: 4}
    reclaim_within: 1m
    default_time_limit: 10m
`;

const tenants = `
tenants:
- name: naver
  children: [{name: search}]
- name: nipa
  children:
  - name: large
    children: [{name: arm}, {name: lab}]
  - {name: teaching}
`;

const programme = `
zone: +09:00
rates: {emulated: 1, cpu: 0.01}
programmes:
- name: large
  tenant: nipa/large
  overrun: refuse
  use: [{at: 50%, least: 40%}]
`;

export const call = `
call: spring
kinds: [{name: emulated, cards: 4, cap: 2}]
classes: [industry, academia]
months: 3
least_score: 60
`;

export interface Village {
  server: Server;
  officer: string; // of the programme
  kim: string; // of arm, a firm
  lee: string; // of lab
  everything: string; // may see all there is
}

export async function village(): Promise<Village> {
  const server = await Server.start({ fleet, tenants, devices: 8 });
  const write = (name: string, text: string) => writeFileSync(join(server.folder, name), text);
  write('programme.yaml', programme);
  write('call.yaml', call);
  await server.cli(server.token, 'programme', 'apply', 'programme.yaml');
  const officer = await server.tokenOf('officer', 'programme:nipa/large');
  const kim = await server.tokenOf('kim', 'member:nipa/large/arm');
  const lee = await server.tokenOf('lee', 'member:nipa/large/lab');
  const everything = await server.tokenOf('everyone', 'operator', 'owner', 'programme:nipa/large');
  for (const project of ['arm', 'lab']) {
    const award = ['--programme', 'large', '--credits', '20', '--for', '30d', '--why', 'first round'];
    await server.cli(officer, 'grants', 'award', `nipa/large/${project}`, ...award);
  }
  return { server, officer, kim, lee, everything };
}

// The two firms apply to the programme's call, and one of them is reviewed.
export async function openCall({ server, officer, kim, lee }: Village): Promise<void> {
  await server.cli(officer, 'call', 'open', 'call.yaml', '--programme', 'large');
  await apply(server, kim, 'arm', 'industry');
  await apply(server, lee, 'lab', 'academia');
  await server.cli(officer, 'call', 'review', 'spring', 'arm', '--score', '91.5', '--why', 'a clear plan');
}

export async function apply(server: Server, token: string, name: string, kind: string): Promise<void> {
  const who = ['--tenant', `nipa/large/${name}`, '--name', name, '--organisation', name.toUpperCase(), '--class', kind];
  await server.cli(token, 'call', 'apply', 'spring', ...who, '--asks', 'emulated:2');
}

export interface Jobs {
  runs: number;
  waits: number;
  ended: number;
  failed: number;
}

const gpus = (count: number) => ({ per_task: { gpus: count, cpus: 1, memory: '256Mi' } });

// Fills the estate: nipa borrows two devices of naver, and there is no room for one more job.
export async function fill({ server, kim, lee }: Village): Promise<Jobs> {
  const long = 'for i in $(seq 1 300); do echo "step $i"; sleep 1; done';
  const ended = await server.submit({ name: 'hello', tenant: 'nipa/large/arm', ...gpus(1), script: 'echo hello' }, kim);
  const failed = await server.submit({ name: 'broken', tenant: 'nipa/large/lab', ...gpus(1), script: 'echo no >&2; exit 3' }, lee);
  await server.waitFor(ended, 'ended');
  await server.waitFor(failed, 'ended');
  const runs = await server.submit({ name: 'train', tenant: 'nipa/large/arm', ...gpus(3), script: long }, kim);
  const course = await server.submit({ name: 'course', tenant: 'nipa/teaching', ...gpus(3), script: long });
  const index = await server.submit({ name: 'index', tenant: 'naver/search', ...gpus(2), script: long });
  for (const job of [runs, course, index]) await server.waitFor(job, 'running');
  const waits = await server.submit({ name: 'evaluate', tenant: 'nipa/large/lab', ...gpus(2), time_limit: '5m', script: long }, lee);
  const name = 'a-name-as-long-as-it-may-be-'.repeat(4) + 'and-so-on';
  await server.submit({ name, tenant: 'nipa/large/arm', ...gpus(8), script: long }, kim);
  const isForecast = async () => 'forecast' in (await server.done<object>('GET', `/v1/jobs/${waits}`));
  await until('a forecast is made', isForecast, 60_000);
  return { runs, waits, ended, failed };
}
