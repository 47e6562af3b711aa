// Where everything of an estate lies on the map: sites and their pools by weight, and below that in rows.
import { cellsPerNode } from '../live/picture.ts';
import type { Estate, Pool } from '../live/protocol.ts';
import { gridOf, type Counts, type Grid } from './grid.ts';
import { levels, type Place } from './place.ts';
import { contains, inset, type Rect } from './rect.ts';
import { treemap } from './treemap.ts';

export interface PoolPlace {
  index: number; // in the estate
  rect: Rect;
  inner: Rect; // that of its blocks
  grid: Grid;
  perNode: number;
  deepest: number; // level: that of GPUs, or of nodes where there are none
  nodes: number;
  firstNode: number;
  firstCell: number;
}

export interface Layout {
  width: number;
  height: number;
  sites: (Rect | null)[]; // null: it has no pool
  pools: (PoolPlace | null)[]; // by index in the estate; null: it has no node
  poolsOf: number[][]; // by site
}

const worldWidth = 1100; // about the pixels of a window, so that strips for names have a good height at first
const leastShare = 0.004; // of the map, for a site or pool that could not be seen otherwise

export function layoutOf(estate: Estate, aspect: number): Layout {
  const width = worldWidth;
  const height = worldWidth / aspect;
  const firstCells = firstCellsOf(estate.pools);
  const poolsOf = estate.sites.map((_, site) =>
    estate.pools.flatMap((pool, index) => (pool.site === site && cellsOf(pool) > 0 ? [index] : [])),
  );
  const layout: Layout = {
    width,
    height,
    sites: estate.sites.map(() => null),
    pools: estate.pools.map(() => null),
    poolsOf,
  };
  const cells = estate.pools.map(cellsOf);
  const shown = poolsOf.flatMap((pools, site) => (pools.length > 0 ? [site] : []));
  if (shown.length === 0) return layout;
  const total = cells.reduce((sum, count) => sum + count, 0);
  const weight = (pool: number) => Math.max(cells[pool]!, total * leastShare);
  const siteWeights = shown.map((site) => poolsOf[site]!.reduce((sum, pool) => sum + weight(pool), 0));
  treemap(siteWeights, { x: 0, y: 0, width, height }).forEach((whole, at) => {
    const site = shown[at]!;
    const pools = poolsOf[site]!;
    const rect = inset(whole, 1.7, 1.7);
    layout.sites[site] = rect;
    const inner = inset(rect, 1.4, Math.min(18, rect.height * 0.16));
    treemap(pools.map(weight), inner).forEach((part, which) => {
      const index = pools[which]!;
      layout.pools[index] = placePool(estate.pools[index]!, index, part, firstCells[index]!);
    });
  });
  return layout;
}

function cellsOf(pool: Pool): number {
  return pool.nodes * cellsPerNode(pool);
}

// As in the picture: nodes are numbered from pool to pool.
function firstCellsOf(pools: readonly Pool[]): number[] {
  const out = pools.map(() => 0);
  let cells = 0;
  const order = pools.map((_, index) => index).sort((a, b) => pools[a]!.first_node - pools[b]!.first_node);
  for (const index of order) {
    out[index] = cells;
    cells += cellsOf(pools[index]!);
  }
  return out;
}

function placePool(pool: Pool, index: number, part: Rect, firstCell: number): PoolPlace {
  const rect = inset(part, 0.7, 0.7);
  const inner = inset(rect, 0.7, Math.min(15, rect.height * 0.14));
  const grid = gridOf(countsOf(pool), inner.width, inner.height);
  const { nodes, first_node: firstNode } = pool;
  const deepest = pool.unit === 'CPUs' ? levels.node : levels.gpu;
  return { index, rect, inner, grid, perNode: cellsPerNode(pool), deepest, nodes, firstNode, firstCell };
}

// The numbers of a pool that lies in one rack or block, or fills them in part, are those that it has.
function countsOf(pool: Pool): Counts {
  const nodes = Math.min(pool.nodes_per_rack, pool.nodes);
  const allRacks = Math.ceil(pool.nodes / nodes);
  const racks = Math.min(pool.racks_per_block, allRacks);
  return [Math.ceil(allRacks / racks), racks, nodes, cellsPerNode(pool)];
}

// The node, within its pool, that is the last of a place's path, or the first of what is below it.
export function nodeInPool(pool: PoolPlace, place: Place): number {
  const [, racks, nodes] = pool.grid;
  return ((place[2] ?? 0) * racks.count + (place[3] ?? 0)) * nodes.count + (place[4] ?? 0);
}

export function placeOfNode(layout: Layout, estate: Estate, node: number): Place | null {
  const index = estate.pools.findIndex((pool) => node >= pool.first_node && node < pool.first_node + pool.nodes);
  const pool = layout.pools[index];
  if (!pool) return null;
  const [, racks, nodes] = pool.grid;
  const at = node - pool.firstNode;
  const rack = Math.floor(at / nodes.count);
  return [estate.pools[index]!.site, index, Math.floor(rack / racks.count), rack % racks.count, at % nodes.count];
}

// Null unless the place is one cell.
export function cellOf(layout: Layout, place: Place): number | null {
  const pool = layout.pools[place[1] ?? -1];
  if (!pool || place.length !== pool.deepest) return null;
  return pool.firstCell + nodeInPool(pool, place) * pool.perNode + (place[5] ?? 0);
}

// Whether there is such a place.
export function isThere(layout: Layout, place: Place): boolean {
  if (place.length === 0) return true;
  if (place.length === 1) return Boolean(layout.sites[place[0]!]);
  const pool = layout.pools[place[1]!];
  if (!pool || place.length > pool.deepest || !layout.poolsOf[place[0]!]?.includes(place[1]!)) return false;
  return (
    place.slice(2).every((index, at) => index >= 0 && index < pool.grid[at]!.count) &&
    nodeInPool(pool, place) < pool.nodes
  );
}

// Requires isThere.
export function rectOf(layout: Layout, place: Place): Rect {
  if (place.length === 0) return { x: 0, y: 0, width: layout.width, height: layout.height };
  if (place.length === 1) return layout.sites[place[0]!]!;
  const pool = layout.pools[place[1]!]!;
  if (place.length === 2) return pool.rect;
  let { x, y, width, height } = pool.inner;
  place.slice(2).forEach((index, at) => {
    const step = pool.grid[at]!;
    x += (index % step.columns) * step.dx + step.x;
    y += Math.floor(index / step.columns) * step.dy + step.y;
    ({ width, height } = step);
  });
  return { x, y, width, height };
}

// With the strip above it that has its name.
export function frameOf(layout: Layout, place: Place): Rect {
  const rect = rectOf(layout, place);
  const head = layout.pools[place[1] ?? -1]?.grid[place.length - 3]?.y ?? 0;
  return { ...rect, y: rect.y - head, height: rect.height + head };
}

// The smallest place that a point lies in: between two GPUs that is their node, and so on up to the estate.
export function placeAt(layout: Layout, x: number, y: number): Place {
  const site = layout.sites.findIndex((rect) => rect && contains(rect, x, y));
  if (site < 0) return [];
  const index = layout.poolsOf[site]!.find((pool) => contains(layout.pools[pool]!.rect, x, y));
  if (index === undefined) return [site];
  const pool = layout.pools[index]!;
  const place = [site, index];
  x -= pool.inner.x;
  y -= pool.inner.y;
  for (const step of pool.grid) {
    const column = Math.floor(x / step.dx);
    const row = Math.floor(y / step.dy);
    x -= column * step.dx + step.x;
    y -= row * step.dy + step.y;
    const isInside = x >= 0 && y >= 0 && x < step.width && y < step.height;
    if (!isInside || column < 0 || row < 0 || column >= step.columns) break;
    const next = [...place, row * step.columns + column];
    if (!isThere(layout, next)) break;
    place.push(next.at(-1)!);
  }
  return place;
}

// What lies directly in a place.
export function childrenOf(layout: Layout, place: Place): Place[] {
  if (place.length === 0) return layout.sites.flatMap((rect, site) => (rect ? [[site]] : []));
  if (place.length === 1) return layout.poolsOf[place[0]!]!.map((pool) => [...place, pool]);
  const count = layout.pools[place[1]!]!.grid[place.length - 2]?.count ?? 0;
  return Array.from({ length: count }, (_, at) => [...place, at]).filter((child) => isThere(layout, child));
}
