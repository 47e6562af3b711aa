// Where we are on the map, and the way back.
import type { Picture } from '../../live/picture.ts';
import type { Layout } from '../../map/layout.ts';
import { toText, type Place } from '../../map/place.ts';
import { show } from './address.ts';
import { nameOf } from './described.ts';
import { text } from './text.ts';

export function Crumbs({ picture, layout, at }: { picture: Picture; layout: Layout; at: Place }) {
  const path = Array.from({ length: at.length + 1 }, (_, level) => at.slice(0, level));
  return (
    <nav aria-label={text.value.where}>
      <ol class="crumbs">
        {path.map((place) => (
          <li key={place.length}>
            <button
              class="plain"
              aria-current={place.length === at.length ? 'location' : undefined}
              onClick={() => show({ at: toText(picture.estate, place) })}
            >
              {nameOf(picture, layout, place)}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
