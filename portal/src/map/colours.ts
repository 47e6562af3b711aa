// The colour of each cell as the picture changes: only what has changed is painted anew.
import type { Picture } from '../live/picture.ts';
import type { State } from '../live/protocol.ts';
import { Classes, softClass, tenantClass, type Mode } from './classes.ts';
import { colourOfKind, colourOfTenant, groundOf, kinds, mixed, word, type Look } from './palette.ts';

// What is shown in full while all else is dimmed.
export type Focus = { job: number } | { classes: ReadonlySet<number> } | null;

export class Colours {
  readonly classes: Classes;
  readonly classOf: Uint16Array; // by cell
  readonly pixels: Uint32Array; // by cell
  private readonly picture: Picture;
  private names: string[] = []; // colours by class
  private full = new Uint32Array(0);
  private dim = new Uint32Array(0);
  private focus: Focus = null;

  constructor(picture: Picture, seesNodes: boolean) {
    this.picture = picture;
    this.classes = new Classes(picture, seesNodes);
    this.classOf = new Uint16Array(picture.job.length);
    this.pixels = new Uint32Array(picture.job.length);
    this.classes.refresh();
    this.show('tenant', 'light', null);
  }

  show(mode: Mode, look: Look, focus: Focus): void {
    this.classes.mode = mode;
    this.classes.refresh();
    this.focus = focus;
    this.names = namesOf(this.picture, this.classes, look);
    this.full = Uint32Array.from(this.names, word);
    this.dim = Uint32Array.from(this.names, (name) => word(mixed(name, groundOf(look).pool, 0.8)));
    this.paintAll();
  }

  nameOf(cls: number): string {
    return this.names[cls]!;
  }

  // To be called when the picture has taken the state.
  take(state: State): void {
    const pools = this.classes.refresh();
    if (state.whole) return this.paintAll();
    for (const row of state.nodes) if (row[0] < this.picture.nodeCount) this.paintNode(row[0]);
    this.paintJobs(new Set(state.jobs.filter((row) => row[3] >= 2 && row[3] <= 4).map((row) => row[0])));
    if (this.classes.mode !== 'borrowed') return;
    for (const index of pools) {
      const pool = this.picture.estate.pools[index]!;
      for (let at = 0; at < pool.nodes; ++at) this.paintNode(pool.first_node + at);
    }
  }

  // How many cells there are of each class.
  counts(): Uint32Array {
    const out = new Uint32Array(this.classes.count);
    const { classOf } = this;
    for (let cell = 0; cell < classOf.length; ++cell) ++out[classOf[cell]!]!;
    return out;
  }

  private paintAll(): void {
    for (let node = 0; node < this.picture.nodeCount; ++node) this.paintNode(node);
  }

  // A job that starts to run stays where it is, so that nothing is said of its nodes.
  private paintJobs(jobs: Set<number>): void {
    if (jobs.size === 0) return;
    const { job, firstCell, nodeCount } = this.picture;
    for (let node = 0; node < nodeCount; ++node) {
      for (let cell = firstCell[node]!, last = 0; cell < firstCell[node + 1]!; ++cell) {
        if (job[cell] === last) continue;
        last = job[cell]!;
        if (!jobs.has(last)) continue;
        this.paintNode(node);
        break;
      }
    }
  }

  private paintNode(node: number): void {
    const { classOf, pixels, focus, full, dim } = this;
    const { firstCell, job } = this.picture;
    this.classes.setNode(node, classOf);
    for (let cell = firstCell[node]!; cell < firstCell[node + 1]!; ++cell) {
      const cls = classOf[cell]!;
      const isFull = !focus || ('job' in focus ? job[cell] === focus.job : focus.classes.has(cls));
      pixels[cell] = (isFull ? full : dim)[cls]!;
    }
  }
}

function namesOf(picture: Picture, classes: Classes, look: Look): string[] {
  const names: string[] = kinds.map((kind) => colourOfKind(look, kind));
  const rootOrder = new Map<number, number>();
  const children = new Map<number, number>();
  picture.estate.tenants.forEach((_, tenant) => {
    const root = classes.roots[tenant]!;
    if (!rootOrder.has(root)) rootOrder.set(root, rootOrder.size);
    const child = root === tenant ? 0 : (children.get(root) ?? 0) + 1;
    if (child > 0) children.set(root, child);
    const colour = colourOfTenant(look, rootOrder.get(root)!, child);
    names[tenantClass(tenant)] = colour;
    names[softClass(tenant)] = mixed(colour, groundOf(look).pool, 0.6);
  });
  return names;
}
