// The canvas with the map, and the card beside the pointer.
import { useEffect, useRef, useState } from 'preact/hooks';
import { onState, version } from '../../live/live.ts';
import type { Picture } from '../../live/picture.ts';
import type { Colours } from '../../map/colours.ts';
import { listen } from '../../map/input.ts';
import { cellOf, type Layout } from '../../map/layout.ts';
import type { Look } from '../../map/palette.ts';
import { isSame, toText, type Place } from '../../map/place.ts';
import { Scene } from '../../map/scene.ts';
import { show } from './address.ts';
import { Crumbs } from './crumbs.tsx';
import { describe, mapNames } from './described.ts';
import { onKey } from './keys.ts';
import { text } from './text.ts';

interface Props {
  picture: Picture;
  colours: Colours;
  layout: Layout; // of any shape: who lies where is for the scene to know
  look: Look;
  painted: string; // differs whenever the colours were set anew
  at: Place;
  selected: Place | null;
  seesNodes: boolean;
}

interface Pointed {
  place: Place;
  x: number;
  y: number;
}

export function Stage({ picture, colours, layout, look, painted, at, selected, seesNodes }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scene = useRef<Scene | null>(null);
  const reported = useRef<Place>(at); // what the scene and the address agree on
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const words = text.value;
  const { estate } = picture;

  const pick = (place: Place) => {
    const cell = cellOf(layout, place);
    show({ pick: toText(estate, place), job: cell === null ? 0 : picture.job[cell]! });
  };
  const enter = (place: Place) => show({ at: toText(estate, place) });

  useEffect(() => {
    const one = new Scene(canvas.current!, picture, colours, {
      look,
      namesOf: (place) => mapNames(picture, layout, place),
      onMove: (place) => {
        reported.current = place;
        show({ at: toText(estate, place) });
      },
    });
    one.at = at;
    scene.current = one;
    const resize = () => {
      const { clientWidth, clientHeight } = canvas.current!.parentElement!;
      one.resize(clientWidth, clientHeight, devicePixelRatio || 1);
    };
    const observer = new ResizeObserver(resize);
    observer.observe(canvas.current!.parentElement!);
    const point = (place: Place | null, x: number, y: number) =>
      setPointed(place && place.length > 0 ? { place, x, y } : null);
    const stopInput = listen(canvas.current!, one, { point, pick, enter });
    const stopStates = onState(() => one.invalidate());
    return () => {
      observer.disconnect();
      stopInput();
      stopStates();
      one.close();
    };
  }, [picture, colours]);

  useEffect(() => scene.current?.dress(look), [painted]);
  useEffect(() => scene.current?.mark(selected, pointed?.place ?? null));
  useEffect(() => {
    if (isSame(reported.current, at)) return;
    reported.current = at;
    scene.current?.goTo(at);
  });

  const zoom = (factor: number) => {
    const { width, height } = scene.current!.size;
    scene.current!.zoom(factor, width / 2, height / 2, 200);
  };
  return (
    <>
      <div class="way">
        <Crumbs picture={picture} layout={layout} at={at} />
        <button aria-label={words.zoomIn} title={words.zoomIn} onClick={() => zoom(1.6)}>
          +
        </button>
        <button aria-label={words.zoomOut} title={words.zoomOut} onClick={() => zoom(1 / 1.6)}>
          −
        </button>
        <button
          aria-label={words.home}
          title={words.home}
          onClick={() => (at.length > 0 ? enter([]) : scene.current?.goTo([]))}
        >
          ⤢
        </button>
      </div>
      <div class="stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-label={words.map}
          aria-describedby="map-help"
          onKeyDown={(event) => scene.current && onKey(event, scene.current, { selected, pick, enter, zoom })}
        />
        <p id="map-help" class="hidden">
          {words.mapHelp}
        </p>
        {pointed && (
          <Card picture={picture} layout={layout} pointed={pointed} seesNodes={seesNodes} size={scene.current?.size} />
        )}
      </div>
    </>
  );
}

interface CardProps {
  picture: Picture;
  layout: Layout;
  pointed: Pointed;
  seesNodes: boolean;
  size: { width: number; height: number } | undefined;
}

function Card({ picture, layout, pointed, seesNodes, size }: CardProps) {
  void version.value; // the picture is changed in place
  const { title, state, job, tenant, user } = describe(picture, layout, pointed.place, seesNodes);
  const isRight = size && pointed.x > size.width / 2;
  const isLow = size && pointed.y > size.height / 2;
  const side = isRight ? { right: `${size.width - pointed.x + 14}px` } : { left: `${pointed.x + 14}px` };
  const end = isLow ? { bottom: `${size.height - pointed.y + 14}px` } : { top: `${pointed.y + 14}px` };
  return (
    <div class="point card" aria-hidden="true" style={{ ...side, ...end }}>
      <b>{title}</b>
      <span>{state}</span>
      {job > 0 && <span>{text.value.jobOf(String(job))}</span>}
      {tenant && (
        <span>
          {tenant} {user}
        </span>
      )}
    </div>
  );
}
