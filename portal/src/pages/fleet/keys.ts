// The map by keyboard.
import { neighbour, type Direction } from '../../map/neighbour.ts';
import { levels, type Place } from '../../map/place.ts';
import type { Rect } from '../../map/rect.ts';
import type { Scene } from '../../map/scene.ts';
import { address, show } from './address.ts';

interface Keys {
  selected: Place | null;
  pick: (place: Place) => void;
  enter: (place: Place) => void;
  zoom: (factor: number) => void;
}

export function onKey(event: KeyboardEvent, scene: Scene, keys: Keys): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const take = actionOf(event, scene, keys);
  if (!take) return;
  event.preventDefault();
  take();
}

function actionOf(event: KeyboardEvent, scene: Scene, keys: Keys): (() => void) | null {
  const { selected, pick, enter, zoom } = keys;
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'ArrowUp':
    case 'ArrowDown': {
      const direction = event.key;
      return event.shiftKey ? () => move(scene, direction) : () => choose(scene, direction, selected, pick);
    }
    case '+':
    case '=':
      return () => zoom(1.6);
    case '-':
      return () => zoom(1 / 1.6);
    case '0':
      return () => enter([]);
    case 'Enter':
      return selected && selected.length < levels.gpu ? () => enter(selected) : null;
    case 'Escape':
      return () => (selected || address.peek().job > 0 ? show({ pick: '', job: 0 }) : enter(scene.at.slice(0, -1)));
    default:
      return null;
  }
}

function move(scene: Scene, direction: Direction): void {
  const step = 0.2 * Math.min(scene.size.width, scene.size.height);
  const sign = direction === 'ArrowLeft' || direction === 'ArrowUp' ? -1 : 1;
  const isAcross = direction === 'ArrowLeft' || direction === 'ArrowRight';
  scene.pan(isAcross ? sign * step : 0, isAcross ? 0 : sign * step, 120);
}

// Of what lies in the place that is shown: the first, then what is next to the selected.
function choose(scene: Scene, direction: Direction, selected: Place | null, pick: (place: Place) => void): void {
  const all = scene.childrenOf(scene.at);
  const from = all.find((place) => place.every((index, level) => index === selected?.[level]));
  const rects = all.map((place): [Place, Rect] => [place, scene.rectOf(place)]);
  const next = from ? neighbour(scene.rectOf(from), direction, rects) : all[0];
  if (next) pick(next);
}
