// Fills an image with the cells that a view shows: one word a pixel, as an ImageData has them.
import { Axis } from './axis.ts';
import type { Layout, PoolPlace } from './layout.ts';
import type { Rect } from './rect.ts';
import type { View } from './view.ts';

// What lies behind the cells.
export interface Ground {
  estate: number;
  site: number;
  pool: number;
}

const samples = 4; // in each direction, of the cells that come to one pixel

export class Raster {
  width = 0;
  height = 0;
  words = new Uint32Array(0);
  private readonly x = new Axis();
  private readonly y = new Axis();
  private readonly limits = [0, 0, 0, 0];
  private sums = new Uint32Array(0); // by run: red, green, blue, and of how many

  // `words` may be those of an ImageData.
  resize(width: number, height: number, words = new Uint32Array(width * height)): void {
    this.width = width;
    this.height = height;
    this.words = words;
    this.sums = new Uint32Array(4 * width);
  }

  // `pixels` has a colour for each cell.
  draw(layout: Layout, pixels: Uint32Array, view: View, ground: Ground): void {
    const around = this.around(layout, view);
    if (around) {
      this.words.fill(ground.pool);
      return this.drawPool(around, pixels, view);
    }
    this.words.fill(ground.estate);
    layout.sites.forEach((rect, site) => {
      if (!rect || !this.fill(rect, view, ground.site)) return;
      for (const index of layout.poolsOf[site]!) {
        const pool = layout.pools[index]!;
        if (this.fill(pool.rect, view, ground.pool)) this.drawPool(pool, pixels, view);
      }
    });
  }

  // The pool that nothing else is seen of but it.
  private around(layout: Layout, { x, y, scale }: View): PoolPlace | null {
    const [right, bottom] = [x + this.width / scale, y + this.height / scale];
    const holds = ({ rect }: PoolPlace) =>
      rect.x + 1 / scale < x &&
      rect.y + 1 / scale < y &&
      rect.x + rect.width - 1 / scale > right &&
      rect.y + rect.height - 1 / scale > bottom;
    return layout.pools.find((pool) => pool && holds(pool)) ?? null;
  }

  // False where nothing of it is seen.
  private fill(rect: Rect, { x, y, scale }: View, colour: number): boolean {
    const shiftX = Math.round(x * scale);
    const shiftY = Math.round(y * scale);
    const from = Math.max(0, Math.round(rect.x * scale) - shiftX);
    const to = Math.min(this.width, Math.round((rect.x + rect.width) * scale) - shiftX);
    const top = Math.max(0, Math.round(rect.y * scale) - shiftY);
    const bottom = Math.min(this.height, Math.round((rect.y + rect.height) * scale) - shiftY);
    if (from >= to || top >= bottom) return false;
    for (let row = top; row < bottom; ++row) this.words.fill(colour, row * this.width + from, row * this.width + to);
    return true;
  }

  private drawPool(pool: PoolPlace, pixels: Uint32Array, view: View): void {
    const { x, y, words, width } = this;
    // Whole pixels, so that cells keep their sizes while the view moves.
    x.set(pool.grid, true, pool.inner.x, view.scale, Math.round(view.x * view.scale), this.width);
    y.set(pool.grid, false, pool.inner.y, view.scale, Math.round(view.y * view.scale), this.height);
    if (x.runs === 0) return;
    const left = x.from[0]!;
    const right = x.to[x.runs - 1]!;
    for (let run = 0; run < y.runs; ++run) {
      const top = y.from[run]!;
      const start = top * width;
      if (x.hasShared || y.last[run]! - y.first[run]! > 1) this.drawShared(pool, pixels, run, start);
      else this.drawRow(pool, pixels, y.first[run]!, start);
      const bottom = y.to[run]!;
      for (let row = top + 1; row < bottom; ++row) words.copyWithin(row * width + left, start + left, start + right);
    }
  }

  // How far each level of a row goes, as the last row of a step may be shorter.
  private limit(pool: PoolPlace, line: number): number {
    const { at, offset } = this.y;
    for (let level = 0; level < 4; ++level) {
      const step = pool.grid[level]!;
      this.limits[level] = step.count - at[level]![line]! * step.columns;
    }
    return pool.nodes * pool.perNode - offset[line]!;
  }

  private drawRow(pool: PoolPlace, pixels: Uint32Array, line: number, start: number): void {
    const { words } = this;
    const { runs, from, to, first, offset, at } = this.x;
    const end = this.limit(pool, line);
    const [blocks, racks, nodes, gpus] = this.limits as [number, number, number, number];
    const [ofBlock, ofRack, ofNode, ofGpu] = at as [Int32Array, Int32Array, Int32Array, Int32Array];
    const base = pool.firstCell + this.y.offset[line]!;
    for (let run = 0; run < runs; ++run) {
      const column = first[run]!;
      const cell = offset[column]!;
      if (cell >= end || ofBlock[column]! >= blocks || ofRack[column]! >= racks) continue;
      if (ofNode[column]! >= nodes || ofGpu[column]! >= gpus) continue;
      const colour = pixels[base + cell]!;
      const until = start + to[run]!;
      for (let word = start + from[run]!; word < until; ++word) words[word] = colour;
    }
  }

  // Where cells are smaller than a pixel: the mean of some of them.
  private drawShared(pool: PoolPlace, pixels: Uint32Array, run: number, start: number): void {
    const { x, y } = this;
    const sums = this.sums.fill(0, 0, x.runs * 4);
    const [ofBlock, ofRack, ofNode, ofGpu] = x.at as [Int32Array, Int32Array, Int32Array, Int32Array];
    const rows = y.last[run]! - y.first[run]!;
    for (let line = y.first[run]!; line < y.last[run]!; line += Math.ceil(rows / samples)) {
      const end = this.limit(pool, line);
      const base = pool.firstCell + y.offset[line]!;
      const [blocks, racks, nodes, gpus] = this.limits as [number, number, number, number];
      for (let of = 0; of < x.runs; ++of) {
        const stride = Math.ceil((x.last[of]! - x.first[of]!) / samples);
        for (let column = x.first[of]!; column < x.last[of]!; column += stride) {
          const cell = x.offset[column]!;
          if (cell >= end || ofBlock[column]! >= blocks || ofRack[column]! >= racks) continue;
          if (ofNode[column]! >= nodes || ofGpu[column]! >= gpus) continue;
          const colour = pixels[base + cell]!;
          sums[of * 4]! += colour & 255;
          sums[of * 4 + 1]! += (colour >> 8) & 255;
          sums[of * 4 + 2]! += (colour >> 16) & 255;
          sums[of * 4 + 3]! += 1;
        }
      }
    }
    for (let of = 0; of < x.runs; ++of) {
      const count = sums[of * 4 + 3]!;
      if (count === 0) continue;
      const part = (channel: number) => Math.round(sums[of * 4 + channel]! / count);
      const colour = ((255 << 24) | (part(2) << 16) | (part(1) << 8) | part(0)) >>> 0;
      this.words.fill(colour, start + x.from[of]!, start + x.to[of]!);
    }
  }
}
