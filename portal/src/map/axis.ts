// One direction of a pool's grid in pixels: its rows or columns of GPUs that are seen, and the runs of pixels that
// these come to. Where a GPU is smaller than a pixel, several come to one run.
import type { Grid } from './grid.ts';

export const openGap = 0.75; // px; a gap that is smaller is not left free

const most = 16_384;

export class Axis {
  lines = 0; // rows or columns
  runs = 0;
  // By line.
  readonly offset = new Int32Array(most); // what it adds to the number of a cell
  readonly at = [0, 1, 2, 3].map(() => new Int32Array(most)); // by level: row or column in its step
  private readonly start = new Float64Array(most); // px
  private readonly end = new Float64Array(most);
  // By run: pixels, and lines.
  readonly from = new Int32Array(most);
  readonly to = new Int32Array(most);
  readonly first = new Int32Array(most);
  readonly last = new Int32Array(most); // the one after
  hasShared = false; // runs of several lines

  // `origin`: of the grid, in units of the map. `shift`: whole pixels to the left of the window.
  set(grid: Grid, isX: boolean, origin: number, scale: number, shift: number, limit: number): void {
    this.lines = 0;
    const [blocks, racks, nodes, gpus] = grid;
    const size = [racks.count * nodes.count * gpus.count, nodes.count * gpus.count, gpus.count, 1];
    const enter = (level: number, base: number, offset: number): void => {
      const step = grid[level]!;
      const count = isX ? step.columns : step.rows;
      const pitch = isX ? step.dx : step.dy;
      const inset = isX ? step.x : step.y;
      const extent = isX ? step.width : step.height;
      const each = size[level]! * (isX ? 1 : step.columns);
      for (let index = 0; index < count; ++index) {
        const start = base + index * pitch + inset;
        if ((start + extent) * scale - shift < -2) continue;
        if (start * scale - shift > limit + 2 || this.lines >= most) return;
        current[level] = index;
        if (level < 3) enter(level + 1, start, offset + index * each);
        else this.add(start * scale - shift, (start + extent) * scale - shift, offset + index * each);
      }
    };
    const current = [0, 0, 0, 0];
    this.current = current;
    if (blocks.count > 0) enter(0, origin, 0);
    this.makeRuns(limit);
  }

  private current: number[] = [];

  private add(start: number, end: number, offset: number): void {
    const line = this.lines++;
    this.start[line] = start;
    this.end[line] = end;
    this.offset[line] = offset;
    for (let level = 0; level < 4; ++level) this.at[level]![line] = this.current[level]!;
  }

  private makeRuns(limit: number): void {
    const { start, end, lines } = this;
    this.runs = 0;
    this.hasShared = false;
    for (let line = 0; line < lines;) {
      const from = Math.round(start[line]!);
      let next = line + 1;
      while (next < lines && Math.round(start[next]!) === from) ++next;
      const isOpen = next >= lines || start[next]! - end[next - 1]! >= openGap;
      const to = Math.max(from + 1, Math.round(isOpen ? end[next - 1]! : start[next]!));
      if (to > 0 && from < limit) {
        const run = this.runs++;
        this.from[run] = Math.max(0, from);
        this.to[run] = Math.min(limit, to);
        this.first[run] = line;
        this.last[run] = next;
        if (next - line > 1) this.hasShared = true;
      }
      line = next;
    }
  }
}
