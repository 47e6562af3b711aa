// What is drawn over the cells: outlines and names where there is room for them, what is selected, what is pointed at.
import type { Step } from './grid.ts';
import { isThere, rectOf, type Layout, type PoolPlace } from './layout.ts';
import type { groundOf } from './palette.ts';
import type { Place } from './place.ts';
import type { Rect } from './rect.ts';
import { isInView, type Size, type View } from './view.ts';

const leastText = 9; // px
const used = 0.82; // of a strip's height, by its name
const leastOutlined = [40, 56, 56]; // px; blocks, racks, nodes
const leastNumbered = 26; // px; GPUs
const family = "system-ui, 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif";

export interface Overlay {
  layout: Layout;
  view: View; // of pixels as the stylesheet has them
  size: Size;
  colours: ReturnType<typeof groundOf>;
  selected: Place | null;
  pointed: Place | null;
  namesOf: (place: Place) => [long: string, short: string];
}

export function drawOverlay(ctx: CanvasRenderingContext2D, overlay: Overlay): void {
  const { layout, view, size } = overlay;
  ctx.lineWidth = 1;
  layout.sites.forEach((rect, site) => {
    if (!rect || !isInView(rect, view, size)) return;
    const pools = layout.poolsOf[site]!.map((index) => layout.pools[index]!);
    const head = Math.min(...pools.map((pool) => pool.rect.y)) - rect.y;
    for (const pool of pools) drawPool(ctx, overlay, site, pool);
    if (head * view.scale * used < leastText) drawPlate(ctx, overlay, rect, overlay.namesOf([site])[0]);
    else drawName(ctx, overlay, rect, head, overlay.namesOf([site]), 14, true);
  });
  drawMark(ctx, overlay, overlay.pointed, overlay.colours.ink, 1.5);
  drawMark(ctx, overlay, overlay.selected, overlay.colours.focus, 3);
}

function drawPool(ctx: CanvasRenderingContext2D, overlay: Overlay, site: number, pool: PoolPlace): void {
  if (!isInView(pool.rect, overlay.view, overlay.size)) return;
  drawName(ctx, overlay, pool.rect, pool.inner.y - pool.rect.y, overlay.namesOf([site, pool.index]), 12, false);
  drawLevel(ctx, overlay, [site, pool.index], pool, 0, pool.inner);
}

// The blocks of a pool, the racks of a block, and so on, as far as they are large enough to be outlined or named.
function drawLevel(
  ctx: CanvasRenderingContext2D,
  overlay: Overlay,
  within: Place,
  pool: PoolPlace,
  level: number,
  area: Rect,
): void {
  const { view, size, layout } = overlay;
  const step = pool.grid[level]!;
  if (level === 3) return drawNumbers(ctx, overlay, step, area);
  if (Math.min(step.width, step.height) * view.scale < leastOutlined[level]!) return;
  const rects: [Place, Rect][] = [];
  eachSeen(step, area, view, size, (index, rect) => {
    const place = [...within, index];
    if (isThere(layout, place)) rects.push([place, rect]);
  });
  ctx.strokeStyle = overlay.colours.rule;
  ctx.beginPath();
  for (const [, rect] of rects) {
    const { x, y, width, height } = toPixels(rect, view);
    ctx.rect(Math.round(x) - 1.5, Math.round(y) - 1.5, Math.round(width) + 3, Math.round(height) + 3);
  }
  ctx.stroke();
  const head = step.y;
  for (const [place, rect] of rects) {
    const strip = { x: rect.x, y: rect.y - head, width: rect.width, height: rect.height + head };
    drawName(ctx, overlay, strip, head, overlay.namesOf(place), 12, false);
    drawLevel(ctx, overlay, place, pool, level + 1, rect);
  }
}

function eachSeen(step: Step, area: Rect, view: View, size: Size, visit: (index: number, rect: Rect) => void): void {
  const range = (from: number, to: number, pitch: number, count: number) => [
    Math.max(0, Math.floor(from / pitch)),
    Math.min(count - 1, Math.floor(to / pitch)),
  ];
  const [left, right] = range(view.x - area.x, view.x + size.width / view.scale - area.x, step.dx, step.columns);
  const [top, bottom] = range(view.y - area.y, view.y + size.height / view.scale - area.y, step.dy, step.rows);
  for (let row = top!; row <= bottom!; ++row) {
    for (let column = left!; column <= right!; ++column) {
      const index = row * step.columns + column;
      if (index >= step.count) continue;
      const x = area.x + column * step.dx + step.x;
      const y = area.y + row * step.dy + step.y;
      visit(index, { x, y, width: step.width, height: step.height });
    }
  }
}

function drawNumbers(ctx: CanvasRenderingContext2D, overlay: Overlay, step: Step, area: Rect): void {
  const { view, size } = overlay;
  const side = Math.min(step.width, step.height) * view.scale;
  if (side < leastNumbered || step.count < 2) return;
  ctx.font = `600 11px ${family}`;
  ctx.textBaseline = 'top';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3;
  ctx.strokeStyle = overlay.colours.site;
  ctx.fillStyle = overlay.colours.ink;
  eachSeen(step, area, view, size, (index, rect) => {
    const { x, y } = toPixels(rect, view);
    ctx.strokeText(String(index), x + 4, y + 4);
    ctx.fillText(String(index), x + 4, y + 4);
  });
  ctx.lineWidth = 1;
}

// Into the strip above a rectangle's content; the short name, or the beginning, where there is no room.
function drawName(
  ctx: CanvasRenderingContext2D,
  { view, size, colours }: Overlay,
  rect: Rect,
  head: number,
  [long, short]: [string, string],
  most: number,
  isStrong: boolean,
): void {
  const strip = head * view.scale;
  const height = Math.min(most, Math.floor(strip * used));
  if (height < leastText || !isInView({ ...rect, height: head }, view, size)) return;
  const { x, y, width } = toPixels(rect, view);
  const left = Math.max(x + 2, 4);
  const room = Math.min(x + width, size.width) - left - 4;
  ctx.font = `${isStrong ? 600 : 400} ${height}px ${family}`;
  const shown = fitting(ctx, long, short, room);
  if (!shown) return;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = isStrong ? colours.ink : colours.quiet;
  ctx.fillText(shown, left, y + strip / 2 + 0.5);
}

// A name over the cells, where all is so small that strips have no room.
function drawPlate(ctx: CanvasRenderingContext2D, { view, colours }: Overlay, rect: Rect, text: string): void {
  const { x, y, width, height } = toPixels(rect, view);
  ctx.font = `600 10px ${family}`;
  const shown = fitting(ctx, text, text, width - 8);
  if (!shown || height < 24) return;
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = colours.site;
  ctx.fillRect(x + 1, y + 1, widthOf(ctx, shown) + 6, 14);
  ctx.globalAlpha = 1;
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colours.ink;
  ctx.fillText(shown, x + 4, y + 8.5);
}

const widths = new Map<string, number>();

function widthOf(ctx: CanvasRenderingContext2D, text: string): number {
  const key = ctx.font + text;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > 5000) widths.clear();
  const { width } = ctx.measureText(text);
  widths.set(key, width);
  return width;
}

function fitting(ctx: CanvasRenderingContext2D, text: string, short: string, room: number): string {
  if (widthOf(ctx, text) <= room) return text;
  if (widthOf(ctx, short) <= room) return short;
  const count = Math.floor((short.length * room) / widthOf(ctx, short)) - 1;
  return count >= 3 ? `${short.slice(0, count)}…` : '';
}

function toPixels(rect: Rect, view: View): Rect {
  return {
    x: (rect.x - view.x) * view.scale,
    y: (rect.y - view.y) * view.scale,
    width: rect.width * view.scale,
    height: rect.height * view.scale,
  };
}

// A frame, or a ring around what is too small for one.
function drawMark(
  ctx: CanvasRenderingContext2D,
  { layout, view, colours }: Overlay,
  place: Place | null,
  colour: string,
  width: number,
): void {
  if (!place || place.length === 0 || !isThere(layout, place)) return;
  const rect = toPixels(rectOf(layout, place), view);
  ctx.beginPath();
  if (Math.max(rect.width, rect.height) < 8 && width > 2) {
    ctx.arc(rect.x + rect.width / 2, rect.y + rect.height / 2, 9, 0, 2 * Math.PI);
  } else {
    ctx.rect(Math.round(rect.x) - 1, Math.round(rect.y) - 1, Math.round(rect.width) + 2, Math.round(rect.height) + 2);
  }
  ctx.strokeStyle = colours.site;
  ctx.lineWidth = width + 2;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.lineWidth = 1;
}
