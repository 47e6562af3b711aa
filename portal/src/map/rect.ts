// Rectangles of the map, in its own units.
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function contains(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && y >= rect.y && x < rect.x + rect.width && y < rect.y + rect.height;
}

export function inset(rect: Rect, side: number, top: number): Rect {
  return { x: rect.x + side, y: rect.y + top, width: rect.width - 2 * side, height: rect.height - top - side };
}
