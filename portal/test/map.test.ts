import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Picture } from '../src/live/picture.ts';
import { cellOf, childrenOf, isThere, layoutOf, placeAt, placeOfNode, rectOf, type Layout } from '../src/map/layout.ts';
import { fromText, levels, toText, type Place } from '../src/map/place.ts';
import type { Rect } from '../src/map/rect.ts';
import { nationalEstate } from './estate.ts';

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
    if (open.some((other) => other.y < rect.y + rect.height - 1e-9 && rect.y < other.y + other.height - 1e-9)) return false;
    open.push(rect);
  }
  return true;
}

// Walks all places below, and answers how many cells there are.
function walk(layout: Layout, place: Place, seen: Uint8Array): number {
  const rect = rectOf(layout, place);
  assert.ok(rect.width > 0 && rect.height > 0);
  if (place.length === levels.gpu) {
    const cell = cellOf(layout, place)!;
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
      assert.ok(Math.max(width / height, height / width) < 3, `${nation.pools[pool!.index]!.path} ${width} x ${height}`);
      area += width * height * pool!.nodes * pool!.perNode;
    }
    assert.ok(area / (layout.width * layout.height) > 0.45, String(area / (layout.width * layout.height)));
  }
});

test('what is hit is what was laid there', () => {
  const layout = layoutOf(nation, 1.6);
  for (let node = 0; node < 29_000; node += 37) {
    const place = placeOfNode(layout, nation, node)!;
    const pool = layout.pools[place[1]!]!;
    for (let gpu = 0; gpu < pool.perNode; ++gpu) {
      const { x, y, width, height } = rectOf(layout, [...place, gpu]);
      for (const [dx, dy] of [[0.01, 0.01], [0.5, 0.5], [0.99, 0.99]] as const) {
        assert.deepEqual(placeAt(layout, x + dx * width, y + dy * height), [...place, gpu]);
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

test('an estate of one node, and one of none, can be laid out', () => {
  const one = nationalEstate([['local/gpu', 'T4', 1, 1, 1, 1]]);
  assert.equal(walk(layoutOf(one, 1.6), [], new Uint8Array(1)), 1);
  assert.deepEqual(childrenOf(layoutOf({ ...one, sites: [], pools: [] }, 1), []), []);
});
