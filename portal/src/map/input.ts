// Wheel, pointers and fingers on the map's canvas.
import type { Place } from './place.ts';
import type { Scene } from './scene.ts';

export interface Pointing {
  point: (place: Place | null, x: number, y: number) => void; // null: it has left
  pick: (place: Place) => void;
  enter: (place: Place) => void; // a double click
}

const notch = 50; // of a wheel, at least; fingers on a pad move by less
const slack = 4; // px that a click may move

// Returns how to stop.
export function listen(canvas: HTMLCanvasElement, scene: Scene, pointing: Pointing): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  const stop = new AbortController();
  const on = <Name extends keyof HTMLElementEventMap>(name: Name, take: (event: HTMLElementEventMap[Name]) => void) =>
    canvas.addEventListener(name, take, { signal: stop.signal, passive: false });
  const spot = (event: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  on('wheel', (event) => {
    event.preventDefault();
    const { x, y } = spot(event);
    const delta = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const factor = Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.002));
    scene.zoom(factor, x, y, Math.abs(delta) >= notch ? 140 : 0);
  });

  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, spot(event));
    canvas.setPointerCapture(event.pointerId);
    pointing.point(null, 0, 0);
  });

  on('pointermove', (event) => {
    const now = spot(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') pointing.point(scene.placeAt(now.x, now.y), now.x, now.y);
      return;
    }
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (moved <= slack) return;
    const [from, to] = other ? [middle(before, other), middle(now, other)] : [before, now];
    scene.pan(from.x - to.x, from.y - to.y);
    if (other) scene.zoom(distance(now, other) / Math.max(1, distance(before, other)), to.x, to.y);
  });

  const up = (event: PointerEvent) => {
    const was = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!was || event.type !== 'pointerup' || pointers.size > 0 || moved > slack) return;
    const { x, y } = spot(event);
    pointing.pick(scene.placeAt(x, y));
  };
  on('pointerup', up);
  on('pointercancel', up);
  on('pointerleave', () => pointing.point(null, 0, 0));

  // To the level below what is shown now.
  on('dblclick', (event) => {
    event.preventDefault();
    const { x, y } = spot(event);
    const place = scene.placeAt(x, y);
    let level = 0;
    while (level < scene.at.length && place[level] === scene.at[level]) ++level;
    pointing.enter(place.slice(0, Math.min(level + 1, 5)));
  });

  return () => stop.abort();
}

type Spot = { x: number; y: number };
const middle = (a: Spot, b: Spot) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Spot, b: Spot) => Math.hypot(a.x - b.x, a.y - b.y);
