// What the map costs without a browser: `npm run bench`.
import { Picture } from '../src/live/picture.ts';
import type { State } from '../src/live/protocol.ts';
import { modes } from '../src/map/classes.ts';
import { Colours } from '../src/map/colours.ts';
import { layoutOf } from '../src/map/layout.ts';
import { Raster } from '../src/map/raster.ts';
import { tallies } from '../src/map/tally.ts';
import { fit, zoomAbout, type View } from '../src/map/view.ts';
import { nationalEstate, Work } from '../test/estate.ts';

// The median of `turns` in ms.
function time(run: () => void, turns = 41): string {
  const all: number[] = [];
  for (let turn = 0; turn < turns; ++turn) {
    const start = performance.now();
    run();
    all.push(performance.now() - start);
  }
  all.sort((a, b) => a - b);
  return `${all[turns >> 1]!.toFixed(2)} ms (best ${all[0]!.toFixed(2)}, p90 ${all[Math.floor(turns * 0.9)]!.toFixed(2)})`;
}

const estate = nationalEstate();
const work = new Work(estate);
const picture = new Picture(estate);
const whole = work.whole();
console.log(`${picture.nodeCount} nodes, ${picture.job.length} cells, ${picture.estate.tenants.length} tenants`);
console.log(`whole state: ${time(() => picture.take(whole), 11)}`);
console.log(`layout: ${time(() => layoutOf(estate, 1.6), 11)}`);

const colours = new Colours(picture, true);
for (const mode of modes) console.log(`colours anew, by ${mode}: ${time(() => colours.show(mode, 'light', null), 11)}`);
console.log(`legend's counts: ${time(() => colours.counts())}; tallies: ${time(() => tallies(picture))}`);
for (const mode of ['tenant', 'borrowed'] as const) {
  colours.show(mode, 'light', null);
  const states = Array.from({ length: 21 }, () => work.change(500));
  console.log(`500 changes taken, by ${mode}: ${time(() => colours.take(taken(states.pop()!)), 21)}`);
}

function taken(state: State): State {
  picture.take(state);
  return state;
}

const layout = layoutOf(estate, 1.6);
const { pixels } = colours;
const ground = { estate: 0xfff7fafb, site: 0xffffffff, pool: 0xffe5ecef };
const raster = new Raster();
for (const [width, height] of [
  [1280, 800],
  [3840, 2160],
  [390, 500],
] as const) {
  raster.resize(width, height);
  const world = { x: 0, y: 0, width: layout.width, height: layout.height };
  const home = fit(world, { width, height });
  const views: [string, View][] = [
    ['all of it', home],
    ['three times nearer', zoomAbout(home, width / 2, height / 2, 3)],
    ['thirty times nearer', zoomAbout(home, width / 3, height / 3, 30)],
    ['from afar', fit(world, { width: width / 3, height: height / 3 })],
  ];
  for (const [name, view] of views) {
    console.log(`frame ${width}x${height}, ${name}: ${time(() => raster.draw(layout, pixels, view, ground))}`);
  }
}
