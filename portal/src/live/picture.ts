// The estate as it is now, in arrays by device: what the pages draw.
import type { Estate, JobRow, Mask, NodeRow, Pool, State, UseRow } from './protocol.ts';

// Node states, and flags of a device.
export const well = 0;
export const drained = 1;
export const lost = 2;

export function cellsPerNode(pool: Pool): number {
  return pool.unit === 'CPUs' ? 1 : pool.gpus_per_node;
}

export class Picture {
  readonly estate: Estate;
  readonly nodeCount: number;
  // By node: its first cell. A cell is a GPU, or a node of a pool that has none. Cells of a node follow each other; a
  // pool's nodes do too.
  readonly firstCell: Uint32Array;
  readonly poolOfNode: Uint16Array;
  readonly nodeState: Uint8Array;
  // By cell: the job that holds it (0: none; of a device that is shared the one with the most), thousandths that are
  // held in all, and 1 where the device has failed.
  readonly job: Uint32Array;
  readonly held: Uint16Array;
  readonly sick: Uint8Array;
  readonly jobs = new Map<number, JobRow>();
  readonly use = new Map<number, UseRow>(); // by useKey
  sequence = 0;
  now = '';
  pending = 0;
  running = 0;

  constructor(estate: Estate) {
    this.estate = estate;
    this.nodeCount = estate.pools.reduce((sum, pool) => Math.max(sum, pool.first_node + pool.nodes), 0);
    this.firstCell = new Uint32Array(this.nodeCount + 1);
    this.poolOfNode = new Uint16Array(this.nodeCount);
    this.nodeState = new Uint8Array(this.nodeCount);
    const perNode = new Uint8Array(this.nodeCount);
    estate.pools.forEach((pool, index) => {
      perNode.fill(cellsPerNode(pool), pool.first_node, pool.first_node + pool.nodes);
      this.poolOfNode.fill(index, pool.first_node, pool.first_node + pool.nodes);
    });
    for (let node = 0; node < this.nodeCount; ++node) this.firstCell[node + 1] = this.firstCell[node]! + perNode[node]!;
    const cells = this.firstCell[this.nodeCount]!;
    this.job = new Uint32Array(cells);
    this.held = new Uint16Array(cells);
    this.sick = new Uint8Array(cells);
  }

  // O(what changed).
  take(state: State): void {
    if (state.whole) this.clear();
    for (const row of state.jobs) {
      if (row[3] >= 2 && row[3] <= 4) this.jobs.set(row[0], row);
      else this.jobs.delete(row[0]);
    }
    for (const row of state.nodes) this.takeNode(row);
    for (const row of state.use) this.use.set(this.useKey(row[0], row[1]), row);
    this.sequence = state.sequence;
    this.now = state.now;
    this.pending = state.pending;
    this.running = state.running;
  }

  useKey(tenant: number, pool: number): number {
    return tenant * this.estate.pools.length + pool;
  }

  useOf(tenant: number, pool: number): UseRow {
    return this.use.get(this.useKey(tenant, pool)) ?? [tenant, pool, 0, 0, 0];
  }

  poolOf(node: number): Pool {
    return this.estate.pools[this.poolOfNode[node]!]!;
  }

  private clear(): void {
    this.nodeState.fill(0);
    this.job.fill(0);
    this.held.fill(0);
    this.sick.fill(0);
    this.jobs.clear();
    this.use.clear();
  }

  private takeNode(row: NodeRow): void {
    const node = row[0];
    if (node >= this.nodeCount) return;
    const first = this.firstCell[node]!;
    const end = this.firstCell[node + 1]!;
    this.nodeState[node] = row[1];
    this.job.fill(0, first, end);
    this.held.fill(0, first, end);
    this.sick.fill(0, first, end);
    eachDevice(row[2], (device) => first + device < end && (this.sick[first + device] = 1));
    for (let at = 3; at + 2 < row.length; at += 3) {
      const job = row[at] as number;
      const isOfNode = this.poolOf(node).unit === 'CPUs'; // its one cell is held by whoever is there
      const milli = isOfNode ? 1000 : (row[at + 2] as number);
      eachDevice(isOfNode ? 1 : row[at + 1]!, (device) => {
        const cell = first + device;
        if (cell >= end) return;
        if (this.held[cell]! === 0 || milli * 2 > this.held[cell]! + milli) this.job[cell] = job;
        this.held[cell] = Math.min(65_535, this.held[cell]! + milli);
      });
    }
  }
}

// Calls for each bit of the mask, the lowest first.
export function eachDevice(mask: Mask, visit: (device: number) => void): void {
  if (typeof mask === 'number' && mask < 2 ** 31) {
    for (let device = 0, rest = mask; rest !== 0; ++device, rest >>>= 1) if (rest & 1) visit(device);
    return;
  }
  let rest = BigInt(mask);
  for (let device = 0; rest !== 0n; ++device, rest >>= 1n) if (rest & 1n) visit(device);
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

// The name of a node: its pool's own, or made as the server makes it.
export function nodeName(estate: Estate, pool: Pool, node: number): string {
  const at = node - pool.first_node;
  const host = pool.hosts?.[at];
  if (host) return host;
  const rack = Math.floor(at / pool.nodes_per_rack);
  const width = (count: number) => Math.max(2, String(count).length);
  const block = padded(Math.floor(rack / pool.racks_per_block) + 1, width(pool.blocks));
  const inBlock = padded((rack % pool.racks_per_block) + 1, width(pool.racks_per_block));
  const inRack = padded((at % pool.nodes_per_rack) + 1, String(pool.nodes_per_rack).length);
  return `${estate.sites[pool.site]!.name}-${pool.path.split('/')[1]}-b${block}-r${inBlock}-n${inRack}`;
}
