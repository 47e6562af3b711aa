// What each cell counts as, by mode: a kind, or somebody's.
import { drained, lost, type Picture } from '../live/picture.ts';
import { kindOf, kinds } from './palette.ts';

export const modes = ['tenant', 'owner', 'state', 'borrowed', 'health'] as const;
export type Mode = (typeof modes)[number];

// A tenant's class, and the softer one of what is its own and not in use.
export const tenantClass = (tenant: number) => kinds.length + 2 * tenant;
export const softClass = (tenant: number) => kinds.length + 2 * tenant + 1;
export const tenantOf = (cls: number) => (cls < kinds.length ? -1 : (cls - kinds.length) >> 1);

export class Classes {
  readonly count: number;
  readonly roots: Int32Array; // by tenant
  private readonly picture: Picture;
  private readonly seesNodes: boolean;
  private readonly guarantees: Float64Array; // by the picture's key of use
  private readonly standings: Uint8Array; // likewise, of root tenants
  mode: Mode = 'tenant';
  private lastJob = 0;
  private lastPool = -1;
  private lastClass = 0;

  constructor(picture: Picture, seesNodes: boolean) {
    const { tenants, pools } = picture.estate;
    this.picture = picture;
    this.seesNodes = seesNodes;
    this.count = kinds.length + 2 * tenants.length;
    this.roots = new Int32Array(tenants.length);
    tenants.forEach(({ parent }, tenant) => (this.roots[tenant] = parent === null ? tenant : this.rootOf(parent)));
    this.guarantees = new Float64Array(tenants.length * pools.length);
    this.standings = new Uint8Array(tenants.length * pools.length);
    tenants.forEach(({ guarantees }, tenant) =>
      guarantees.forEach(([pool, amount]) => (this.guarantees[picture.useKey(tenant, pool)] = amount)),
    );
  }

  private rootOf(tenant: number): number {
    const { tenants } = this.picture.estate;
    let root = tenant;
    for (let parent = tenants[root]!.parent; parent !== null; parent = tenants[root]!.parent) root = parent;
    return root;
  }

  // To be called when the picture has changed. Answers the pools where a root tenant has come to stand otherwise
  // towards its guarantee.
  refresh(): Set<number> {
    const { pools, tenants } = this.picture.estate;
    const changed = new Set<number>();
    this.lastJob = 0;
    for (let root = 0; root < tenants.length; ++root) {
      if (this.roots[root] !== root) continue;
      for (let pool = 0; pool < pools.length; ++pool) {
        const key = this.picture.useKey(root, pool);
        const standing = this.standing(key);
        if (this.standings[key] !== standing) changed.add(pool);
        this.standings[key] = standing;
      }
    }
    return changed;
  }

  private standing(key: number): number {
    const use = this.picture.use.get(key);
    if (!use) return kindOf.unknown;
    const guarantee = this.guarantees[key]!;
    if (guarantee === 0) return kindOf.unguaranteed;
    return use[2] > guarantee ? kindOf.above : kindOf.within;
  }

  // Writes the classes of a node's cells to `out`, by cell.
  setNode(node: number, out: Uint16Array): void {
    const { firstCell, nodeState, poolOfNode, job, sick } = this.picture;
    const first = firstCell[node]!;
    const end = firstCell[node + 1]!;
    const state = nodeState[node]!;
    const pool = poolOfNode[node]!;
    let hasSick = false;
    for (let cell = first; cell < end; ++cell) hasSick ||= sick[cell] === 1;
    for (let cell = first; cell < end; ++cell) {
      out[cell] = this.classOf(job[cell]!, pool, state, sick[cell] === 1, hasSick);
    }
  }

  private classOf(job: number, pool: number, state: number, isSick: boolean, hasSick: boolean): number {
    const { mode } = this;
    if (mode === 'health') {
      if (!this.seesNodes) return kindOf.hidden;
      if (state === lost) return kindOf.lost;
      if (isSick) return kindOf.failed;
      if (state === drained) return kindOf.drained;
      return hasSick ? kindOf.beside : kindOf.well;
    }
    if (mode === 'owner') return this.ownerClass(job, pool);
    if (state === lost) return mode === 'state' ? kindOf.lost : kindOf.out;
    if (isSick) return mode === 'state' ? kindOf.failed : kindOf.out;
    if (job !== 0) return this.classOfJob(job, pool);
    if (state === drained) return mode === 'state' ? kindOf.drained : kindOf.out;
    return this.seesNodes ? kindOf.idle : kindOf.hidden;
  }

  private ownerClass(job: number, pool: number): number {
    const { owners, nodes, gpus_per_node: perNode } = this.picture.estate.pools[pool]!;
    if (owners.length === 0) return kindOf.nobody;
    const isOfOne = owners.length === 1 && owners[0]![1] >= nodes * perNode;
    if (isOfOne) return job !== 0 ? tenantClass(owners[0]![0]) : softClass(owners[0]![0]);
    if (job !== 0) return this.classOfJob(job, pool);
    return this.seesNodes ? kindOf.idle : kindOf.hidden;
  }

  // Cells of one job follow each other, mostly.
  private classOfJob(job: number, pool: number): number {
    if (job === this.lastJob && pool === this.lastPool) return this.lastClass;
    this.lastJob = job;
    this.lastPool = pool;
    this.lastClass = this.findClassOfJob(job, pool);
    return this.lastClass;
  }

  private findClassOfJob(job: number, pool: number): number {
    const row = this.picture.jobs.get(job);
    if (this.mode === 'state') {
      if (row?.[3] === 2) return kindOf.starting;
      return row?.[3] === 4 ? kindOf.stopping : kindOf.running;
    }
    const tenant = row?.[1] ?? -1;
    if (tenant < 0) return this.mode === 'borrowed' ? kindOf.unknown : kindOf.someone;
    const root = this.roots[tenant]!;
    if (this.mode === 'borrowed') return this.standings[this.picture.useKey(root, pool)]!;
    return tenantClass(this.mode === 'owner' ? root : tenant);
  }
}
