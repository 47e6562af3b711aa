// A made-up nation: sites of many sizes, up to 260,000 GPUs, what runs there, and what changes. The same for one seed.
import type { Estate, JobRow, NodeRow, Pool, State, Tenant, UseRow } from '../src/live/protocol.ts';

export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) % 1_000_003) % below;
  };
}

type Shape = [path: string, model: string, nodes: number, perNode: number, perRack: number, racks: number];

const nation: Shape[] = [
  ['haenam/b200', 'B200', 8192, 8, 4, 32],
  ['haenam/cpu', '', 512, 0, 16, 8],
  ['haenam/gb200', 'GB200', 4608, 4, 18, 16],
  ['naver-sejong/h200', 'H200', 4096, 8, 4, 32],
  ['naver-sejong/b200', 'B200', 2048, 8, 4, 32],
  ['kakao-ansan/h100', 'H100', 4096, 8, 4, 16],
  ['nhn-gwangju/h200', 'H200', 2560, 8, 4, 32],
  ['nhn-gwangju/rtx', 'RTX PRO 6000', 256, 8, 8, 8],
  ['sk-ulsan/b200', 'B200', 3072, 8, 4, 32],
  ['lg-paju/h200', 'H200', 1280, 8, 4, 16],
  ['kt-mokdong/h200', 'H200', 1024, 8, 4, 16],
  ['samsung-gumi/b300', 'B300', 2240, 8, 8, 16],
  ['kisti-daejeon/gh200', 'GH200', 2048, 4, 16, 16],
  ['kaist-daejeon/h100', 'H100', 96, 8, 4, 8],
  ['unist-ulsan/a100', 'A100', 60, 8, 4, 5],
  ['gist-gwangju/h100', 'H100', 40, 8, 4, 10],
  ['postech-pohang/a100', 'A100', 31, 8, 4, 4],
  ['snu-seoul/mixed', 'L40S', 25, 4, 4, 4],
  ['snu-seoul/cpu', '', 64, 0, 16, 4],
];

const roots = [
  'msit',
  'naver',
  'kakao',
  'nhn',
  'sk',
  'lg',
  'kt',
  'samsung',
  'kisti',
  'universities',
  'nipa',
  'startups',
];

export function nationalEstate(shapes: Shape[] = nation, children = 6): Estate {
  const sites = [...new Set(shapes.map(([path]) => path.split('/')[0]!))].map((name) => ({ name, engine: 'slurm' }));
  let first = 0;
  const pools = shapes.map(([path, model, nodes, perNode, perRack, racks], index): Pool => {
    const pool: Pool = {
      path,
      site: sites.findIndex(({ name }) => name === path.split('/')[0]),
      unit: perNode > 0 ? 'GPUs' : 'CPUs',
      ...(model ? { gpu_model: model } : {}),
      gpus_per_node: perNode,
      nodes,
      first_node: first,
      nodes_per_rack: perRack,
      racks_per_block: racks,
      blocks: Math.ceil(nodes / perRack / racks),
      owners: [],
    };
    first += nodes;
    const amount = nodes * perNode;
    const owner = (index % roots.length) * (children + 1);
    if (amount > 0)
      pool.owners =
        index % 3 === 0
          ? [[owner, amount]]
          : [
              [owner, Math.floor(amount / 2)],
              [0, Math.floor(amount / 4)],
            ];
    return pool;
  });
  const tenants: Tenant[] = [];
  for (const root of roots) {
    const parent = tenants.length;
    const guarantees = pools.flatMap((pool, at) =>
      pool.owners.filter(([of]) => of === parent).map(([, amount]): [number, number] => [at, amount]),
    );
    tenants.push({ path: root, parent: null, guarantees });
    for (let child = 1; child <= children; ++child)
      tenants.push({ path: `${root}/project-${child}`, parent, guarantees: [] });
  }
  return { version: 1, name: 'nation', sites, pools, tenants };
}

const users = ['kim', 'lee', 'park', 'choi', 'jung', 'kang', 'cho', 'yoon', 'jang', 'lim'];

// The work of an estate: what holds which nodes, with about one node in twelve idle and a few that are not well.
export class Work {
  private readonly random: (below: number) => number;
  private readonly nodes: NodeRow[] = [];
  private readonly jobs = new Map<number, { row: JobRow; nodes: number[] }>();
  private nextJob = 1;
  private sequence = 1;
  private readonly estate: Estate;

  constructor(estate: Estate, seed = 1) {
    this.estate = estate;
    this.random = randomOf(seed);
    estate.pools.forEach((pool, index) => this.fill(pool, index));
  }

  whole(): State {
    return this.state(
      true,
      this.nodes,
      [...this.jobs.values()].map(({ row }) => row),
    );
  }

  // About `count` changes: jobs end and others start in their place, or go from starting to running.
  change(count: number): State {
    const nodes = new Map<number, NodeRow>();
    const jobs: JobRow[] = [];
    for (let at = 0; at < count;) {
      const node = this.random(this.nodes.length);
      const job = this.jobs.get(Number(this.nodes[node]![3] ?? 0));
      if (!job || job.nodes.length > 16) {
        ++at;
        continue;
      }
      at += job.nodes.length;
      const next = job.row[3] === 2 ? this.moved(job.row, 3) : this.moved(job.row, 5);
      jobs.push(next);
      if (next[3] !== 5) continue;
      const isTaken = this.random(4) > 0;
      const successor = isTaken ? this.newJob(next[2], job.nodes, 2) : null;
      if (successor) jobs.push(successor);
      for (const of of job.nodes) nodes.set(of, this.setNode(of, successor?.[0] ?? 0));
    }
    this.sequence += 1;
    return this.state(false, [...nodes.values()], jobs);
  }

  private state(isWhole: boolean, nodes: NodeRow[], jobs: JobRow[]): State {
    const now = new Date(Date.UTC(2026, 10, 27, 9) + this.sequence * 500).toISOString();
    const use = this.use();
    return {
      sequence: this.sequence,
      now,
      ...(isWhole ? { whole: true } : {}),
      pending: 12_345,
      running: this.jobs.size,
      nodes,
      jobs,
      use,
    };
  }

  private use(): UseRow[] {
    const sums = new Map<string, UseRow>();
    for (const { row, nodes } of this.jobs.values()) {
      const [, tenant, pool] = row;
      const held = nodes.length * this.estate.pools[pool]!.gpus_per_node;
      for (let of: number | null = tenant; of !== null; of = this.estate.tenants[of]!.parent) {
        const sum = sums.get(`${of}/${pool}`) ?? [of, pool, 0, 0, 0];
        sums.set(`${of}/${pool}`, [of, pool, sum[2] + held, sum[3] + 1, 0]);
      }
    }
    return [...sums.values()];
  }

  private moved(row: JobRow, state: number): JobRow {
    const next = [...row] as JobRow;
    next[3] = state;
    if (state === 5) this.jobs.delete(row[0]);
    else this.jobs.get(row[0])!.row = next;
    return next;
  }

  private newJob(pool: number, nodes: number[], state: number): JobRow {
    const id = this.nextJob++;
    const tenant = (this.random(5) * 7 + pool * 7 + this.random(7)) % this.estate.tenants.length;
    const row: JobRow = [id, tenant, pool, state, users[this.random(users.length)]!, `train-${id % 97}`];
    this.jobs.set(id, { row, nodes });
    return row;
  }

  private setNode(node: number, job: number): NodeRow {
    const perNode = this.estate.pools.find((pool) => node < pool.first_node + pool.nodes)!.gpus_per_node;
    const [, state, sick] = this.nodes[node] ?? [node, 0, 0];
    const row: NodeRow = job ? [node, state, sick, job, perNode > 0 ? 2 ** perNode - 1 : 0, 1000] : [node, state, sick];
    this.nodes[node] = row;
    return row;
  }

  private fill(pool: Pool, index: number): void {
    const sizes = [1, 1, 1, 1, 2, 2, 4, 8, 16, 32, 64, 256];
    for (let node = pool.first_node; node < pool.first_node + pool.nodes;) {
      const size = Math.min(sizes[this.random(sizes.length)]!, pool.first_node + pool.nodes - node);
      const nodes = Array.from({ length: size }, (_, at) => node + at);
      const isIdle = this.random(12) === 0;
      const job = isIdle ? null : this.newJob(index, nodes, [3, 3, 3, 3, 3, 3, 2, 4][this.random(8)]!);
      for (const of of nodes) this.setNode(of, job?.[0] ?? 0);
      node += size;
    }
    for (let at = 0; at < pool.nodes / 60; ++at) {
      const node = pool.first_node + this.random(pool.nodes);
      const kind = this.random(3);
      if (kind === 0) this.nodes[node] = [node, 2, 0];
      else if (kind === 1) this.nodes[node]![1] = 1;
      else this.nodes[node]![2] = pool.gpus_per_node > 0 ? 1 << this.random(pool.gpus_per_node) : 0;
    }
  }
}
