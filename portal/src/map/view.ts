// What part of the map is seen: its upper left corner in units of the map, and pixels per unit.
import { contains, type Rect } from './rect.ts';

export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

export function fit(rect: Rect, size: Size, margin = 0.03): View {
  const scale = (1 - 2 * margin) * Math.min(size.width / rect.width, size.height / rect.height);
  return {
    x: rect.x + rect.width / 2 - size.width / scale / 2,
    y: rect.y + rect.height / 2 - size.height / scale / 2,
    scale,
  };
}

// The pixel (x, y) stays where it is.
export function zoomAbout(view: View, x: number, y: number, factor: number): View {
  const scale = view.scale * factor;
  return { x: view.x + x / view.scale - x / scale, y: view.y + y / view.scale - y / scale, scale };
}

export function pan(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx / view.scale, y: view.y + dy / view.scale };
}

// Neither so far away that the map is small, nor nearer than `most`, and its middle lies on the map.
export function clamp(view: View, world: Size, size: Size, most: number): View {
  const least = fit({ x: 0, y: 0, ...world }, size).scale * 0.9;
  const scale = Math.min(Math.max(view.scale, least), Math.max(most, least));
  const middle = (at: number, of: number, span: number) => Math.min(Math.max(at + span / view.scale / 2, 0), of);
  return {
    x: middle(view.x, world.width, size.width) - size.width / scale / 2,
    y: middle(view.y, world.height, size.height) - size.height / scale / 2,
    scale,
  };
}

// On the way from one to another, about the point that lies at the same pixel in both, if there is one.
export function between(from: View, to: View, part: number, size: Size): View {
  if (part >= 1) return to;
  const eased = part * part * (3 - 2 * part);
  const ratio = to.scale / from.scale;
  const scale = from.scale * ratio ** eased;
  const moved = Math.abs(Math.log(ratio)) < 0.01 ? eased : (1 - from.scale / scale) / (1 - from.scale / to.scale);
  const middle = (a: number, b: number, span: number) => {
    const start = a + span / from.scale / 2;
    return start + (b + span / to.scale / 2 - start) * moved - span / scale / 2;
  };
  return { x: middle(from.x, to.x, size.width), y: middle(from.y, to.y, size.height), scale };
}

export function isInView(rect: Rect, view: View, size: Size): boolean {
  return (
    rect.x < view.x + size.width / view.scale &&
    rect.y < view.y + size.height / view.scale &&
    rect.x + rect.width > view.x &&
    rect.y + rect.height > view.y
  );
}

// Whether the middle of what is seen lies in the rectangle, and this fills most of it in one direction at least.
export function isFilledBy(rect: Rect, view: View, size: Size): boolean {
  const width = size.width / view.scale;
  const height = size.height / view.scale;
  if (!contains(rect, view.x + width / 2, view.y + height / 2)) return false;
  return rect.width > width * 0.8 || rect.height > height * 0.8;
}
