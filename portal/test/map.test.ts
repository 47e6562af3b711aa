import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../src/live/picture.ts';
import { cellOf, childrenOf, isThere, layoutOf, placeAt, placeOfNode, rectOf, type Layout } from '../src/map/layout.ts';
import { fromText, toText, type Place } from '../src/map/place.ts';
import { Raster, type Ground } from '../src/map/raster.ts';
import type { Rect } from '../src/map/rect.ts';
import { between, clamp, fit, pan, zoomAbout, type View } from '../src/map/view.ts';
import { nationalEstate, randomOf } from './estate.ts';

const nation = nationalEstate();

function isInside(inner: Rect, outer: Rect): boolean {
  const slack = 1e-6;
  return (
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.width <= outer.x + outer.width + slack &&
    inner.y + inner.height <= outer.y + outer.height + slack
  );
}

// Whether no two overlap, by a sweep from left to right.
function areApart(rects: Rect[]): boolean {
  const sorted = [...rects].sort((a, b) => a.x - b.x);
  let open: Rect[] = [];
  for (const rect of sorted) {
    open = open.filter((other) => other.x + other.width > rect.x + 1e-9);
    if (open.some((other) => other.y < rect.y + rect.height - 1e-9 && rect.y < other.y + other.height - 1e-9))
      return false;
    open.push(rect);
  }
  return true;
}

// Walks all places below, and answers how many cells there are.
function walk(layout: Layout, place: Place, seen: Uint8Array): number {
  const rect = rectOf(layout, place);
  assert.ok(rect.width > 0 && rect.height > 0);
  const cell = cellOf(layout, place);
  if (cell !== null) {
    assert.equal(seen[cell], 0);
    seen[cell] = 1;
    return 1;
  }
  const children = childrenOf(layout, place);
  const rects = children.map((child) => rectOf(layout, child));
  for (const child of rects) assert.ok(isInside(child, rect), `inside ${place}`);
  assert.ok(areApart(rects), `apart in ${place}`);
  return children.reduce((sum, child) => sum + walk(layout, child, seen), 0);
}

test('every GPU of a nation has one rectangle, inside its node, and none overlap', () => {
  const cells = new Picture(nation).job.length;
  assert.ok(cells > 255_000 && cells < 265_000, String(cells));
  for (const aspect of [0.5, 1.6]) {
    const seen = new Uint8Array(cells);
    assert.equal(walk(layoutOf(nation, aspect), [], seen), cells);
    assert.ok(seen.every((one) => one === 1));
  }
});

test('GPUs are not slivers, and the map is filled', () => {
  for (const aspect of [0.5, 1, 1.6, 2.8]) {
    const layout = layoutOf(nation, aspect);
    let area = 0;
    for (const pool of layout.pools) {
      const { width, height } = pool!.grid[3];
      assert.ok(
        Math.max(width / height, height / width) < 3,
        `${nation.pools[pool!.index]!.path} ${width} x ${height}`,
      );
      area += width * height * pool!.nodes * pool!.perNode;
    }
    assert.ok(area / (layout.width * layout.height) > 0.42, String(area / (layout.width * layout.height)));
  }
});

test('what is hit is what was laid there', () => {
  const layout = layoutOf(nation, 1.6);
  for (let node = 0; node < 29_000; node += 37) {
    const place = placeOfNode(layout, nation, node)!;
    const pool = layout.pools[place[1]!]!;
    const cells = pool.deepest === 5 ? [place] : Array.from({ length: pool.perNode }, (_, gpu) => [...place, gpu]);
    for (const cell of cells) {
      const { x, y, width, height } = rectOf(layout, cell);
      for (const [dx, dy] of [
        [0.01, 0.01],
        [0.5, 0.5],
        [0.99, 0.99],
      ] as const) {
        assert.deepEqual(placeAt(layout, x + dx * width, y + dy * height), cell);
      }
    }
    const rect = rectOf(layout, place);
    assert.deepEqual(placeAt(layout, rect.x + 1e-7, rect.y + 1e-7), place);
  }
  assert.deepEqual(placeAt(layout, -1, 5), []);
});

test('a place has a text, and a text its place', () => {
  const layout = layoutOf(nation, 1.6);
  const place = placeOfNode(layout, nation, 8192 + 512 + 100)!;
  assert.equal(toText(nation, [...place, 2]), 'haenam/gb200/b1/r6/n11/g2');
  for (let level = 0; level <= place.length; ++level) {
    assert.deepEqual(fromText(nation, toText(nation, place.slice(0, level))), place.slice(0, level));
  }
  for (const text of ['nowhere', 'haenam/none', 'haenam/b200/r1', 'haenam/b200/b1/r1/n1/g0/x']) {
    assert.equal(fromText(nation, text), null);
  }
  assert.ok(!isThere(layout, fromText(nation, 'haenam/b200/b999')!));
  assert.ok(!isThere(layout, fromText(nation, 'haenam/b200/b0')!));
});

test('a pool that ends within a rack has no node beyond its last', () => {
  const pool = nation.pools.findIndex(({ path }) => path === 'postech-pohang/a100');
  const layout = layoutOf(nation, 1.6);
  const site = nation.pools[pool]!.site;
  assert.equal(childrenOf(layout, [site, pool, 1, 3]).length, 3);
});

test('pools of unusual shapes can be laid out', () => {
  const odd = nationalEstate([
    ['a/one-rack', 'T4', 5003, 1, 5003, 1],
    ['a/one-block', 'T4', 997, 8, 1, 997],
    ['b/large', 'GB300', 20, 72, 1, 20],
    ['b/blocks', 'T4', 1009, 2, 1, 1],
    ['b/cpu', '', 7, 0, 3, 2],
  ]);
  const cells = 5003 + 997 * 8 + 20 * 72 + 1009 * 2 + 7;
  assert.equal(walk(layoutOf(odd, 1.6), [], new Uint8Array(cells)), cells);
});

test('an estate of one node, and one of none, can be laid out', () => {
  const one = nationalEstate([['local/gpu', 'T4', 1, 1, 1, 1]]);
  assert.equal(walk(layoutOf(one, 1.6), [], new Uint8Array(1)), 1);
  assert.deepEqual(childrenOf(layoutOf({ ...one, sites: [], pools: [] }, 1), []), []);
});

// Four at most come to a pixel, evenly.
const some = (all: number[]) => all.filter((_, at) => at % Math.ceil(all.length / 4) === 0);

// The runs of pixels of the lines that begin at `starts`, said once more in the plainest way.
function runsOf(
  lines: Map<number, number>,
  scale: number,
  shift: number,
): { from: number; to: number; starts: number[] }[] {
  const sorted = [...lines]
    .sort(([a], [b]) => a - b)
    .map(([start, end]) => ({ start, px: start * scale - shift, end: end * scale - shift }));
  const groups = new Map<number, typeof sorted>();
  for (const line of sorted) groups.set(Math.round(line.px), [...(groups.get(Math.round(line.px)) ?? []), line]);
  const all = [...groups];
  return all.map(([from, group], at) => {
    const end = group.at(-1)!.end;
    const next = all[at + 1]?.[1][0]!.px;
    const to = next !== undefined && next - end < 0.75 ? next : end;
    return { from, to: Math.max(from + 1, Math.round(to)), starts: some(group.map(({ start }) => start)) };
  });
}

// The one cell of a node without GPUs is drawn as one of a node of one.
const ofNode = (layout: Layout, place: Place) => place.slice(0, layout.pools[place[1]!]!.deepest);
const isShown = (layout: Layout, place: Place) => isThere(layout, ofNode(layout, place));

function slowly(
  layout: Layout,
  pixels: Uint32Array,
  view: View,
  ground: Ground,
  width: number,
  height: number,
): Uint32Array {
  const words = new Uint32Array(width * height).fill(ground.estate);
  const shiftX = Math.round(view.x * view.scale);
  const shiftY = Math.round(view.y * view.scale);
  const paint = (from: number, to: number, top: number, bottom: number, colour: number) => {
    for (let y = Math.max(0, top); y < Math.min(height, bottom); ++y)
      for (let x = Math.max(0, from); x < Math.min(width, to); ++x) words[y * width + x] = colour;
  };
  const ofRect = ({ x, y, width: w, height: h }: Rect, colour: number) =>
    paint(
      Math.round(x * view.scale) - shiftX,
      Math.round((x + w) * view.scale) - shiftX,
      Math.round(y * view.scale) - shiftY,
      Math.round((y + h) * view.scale) - shiftY,
      colour,
    );
  for (const site of childrenOf(layout, [])) {
    ofRect(rectOf(layout, site), ground.site);
    for (const pool of childrenOf(layout, site)) {
      ofRect(rectOf(layout, pool), ground.pool);
      const cells = [pool];
      // Also those that a last rack or block lacks: their rows are there, and empty.
      for (const { count } of layout.pools[pool[1]!]!.grid) {
        cells.splice(
          0,
          cells.length,
          ...cells.flatMap((place) => Array.from({ length: count }, (_, index) => [...place, index])),
        );
      }
      const rects = cells.map((cell) => ({
        ...rectOf(layout, cell),
        isThere: isShown(layout, cell),
        colour: pixels[cellOf(layout, ofNode(layout, cell)) ?? 0]!,
      }));
      const at = new Map(rects.filter((rect) => rect.isThere).map((rect) => [`${rect.x}/${rect.y}`, rect]));
      const columns = runsOf(new Map(rects.map((rect) => [rect.x, rect.x + rect.width])), view.scale, shiftX);
      const rows = runsOf(new Map(rects.map((rect) => [rect.y, rect.y + rect.height])), view.scale, shiftY);
      for (const row of rows) {
        for (const column of columns) {
          const here = row.starts.flatMap((y) => column.starts.flatMap((x) => at.get(`${x}/${y}`) ?? []));
          if (here.length === 0) continue;
          const mean = (by: number) =>
            Math.round(here.reduce((sum, { colour }) => sum + ((colour >>> by) & 255), 0) / here.length);
          const colour = ((255 << 24) | (mean(16) << 16) | (mean(8) << 8) | mean(0)) >>> 0;
          paint(column.from, column.to, row.from, row.to, colour);
        }
      }
    }
  }
  return words;
}

test('an image is what a slow and plain way makes', () => {
  const small = nationalEstate([
    ['a/h200', 'H200', 37, 8, 4, 3],
    ['a/cpu', '', 5, 0, 4, 2],
    ['b/t4', 'T4', 9, 3, 2, 2],
  ]);
  const layout = layoutOf(small, 1.3);
  const random = randomOf(7);
  const pixels = Uint32Array.from(
    { length: 37 * 8 + 5 + 27 },
    () => (0xff000000 | (random(256) << 16) | (random(256) << 8) | random(256)) >>> 0,
  );
  const ground = { estate: 0xff111111, site: 0xff222222, pool: 0xff333333 };
  const views: View[] = [];
  for (const scale of [0.006, 0.015, 0.03, 0.06, 0.11, 0.3, 1, 2.7]) {
    for (let turn = 0; turn < 4; ++turn)
      views.push({ x: random(1100) - 100 / scale, y: random(800) - 70 / scale, scale });
  }
  const raster = new Raster();
  raster.resize(200, 140);
  for (const view of views) {
    raster.draw(layout, pixels, view, ground);
    const plain = slowly(layout, pixels, view, ground, 200, 140);
    const differs = raster.words.findIndex((word, at) => word !== plain[at]);
    assert.equal(differs, -1, `${JSON.stringify(view)} at ${differs % 200}, ${Math.floor(differs / 200)}`);
  }
});

test('a view is zoomed about a point, and comes to what it is sent to', () => {
  const size = { width: 1280, height: 800 };
  const view = fit({ x: 0, y: 0, width: 1600, height: 1000 }, size);
  const near = zoomAbout(view, 300, 200, 3);
  assert.ok(Math.abs(near.x + 300 / near.scale - (view.x + 300 / view.scale)) < 1e-9);
  const half = between(view, near, 0.5, size);
  assert.ok(Math.abs(half.x + 300 / half.scale - (view.x + 300 / view.scale)) < 1e-6, 'the point stays on the way');
  assert.deepEqual(between(view, near, 1, size), near);
  const beside = pan(near, 50, 0);
  assert.ok(Math.abs(between(near, beside, 0.5, size).x - (near.x + beside.x) / 2) < 1e-9);
  const far = clamp({ x: 1e6, y: -1e6, scale: 1e-3 }, { width: 1600, height: 1000 }, size, 50);
  assert.ok(far.scale > 0.5 * view.scale);
  assert.ok(Math.abs(far.x + size.width / far.scale / 2 - 1600) < 1e-6);
});
