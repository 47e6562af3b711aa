import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourOfKind, colourOfTenant, word, type Kind, type Look } from '../src/map/palette.ts';

// In OKLab, as those see it who have no cones for red or for green (after Viénot, Brettel and Mollon, 1999).
type Triple = [number, number, number];
const times = (rows: Triple[], [x, y, z]: Triple) => rows.map(([a, b, c]) => a * x + b * y + c * z) as Triple;
const seers: Record<string, Triple[]> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red': [
    [0.1124, 0.8876, 0],
    [0.1124, 0.8876, 0],
    [0.004, -0.004, 1],
  ],
  'no green': [
    [0.2928, 0.7072, 0],
    [0.2928, 0.7072, 0],
    [-0.0223, 0.0223, 1],
  ],
};
function seen(colour: string, seer: Triple[]): Triple {
  const linear = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2) as Triple;
  const cones = times(
    [
      [0.4122, 0.5363, 0.0514],
      [0.2119, 0.6807, 0.1074],
      [0.0883, 0.2817, 0.63],
    ],
    times(seer, linear),
  );
  const roots = cones.map(Math.cbrt) as Triple;
  return times(
    [
      [0.2105, 0.7936, -0.0041],
      [1.978, -2.4286, 0.4506],
      [0.0259, 0.7828, -0.8087],
    ],
    roots,
  );
}

test('kinds of one mode can be told apart, also without red or green', () => {
  const groups: Kind[][] = [
    ['idle', 'starting', 'running', 'stopping', 'drained', 'lost', 'failed'],
    ['idle', 'within', 'above', 'unguaranteed', 'out', 'unknown'],
    ['well', 'beside', 'failed', 'drained', 'lost'],
  ];
  for (const look of ['light', 'dark'] as Look[]) {
    const all = groups.map((group) => group.map((kind) => [kind, colourOfKind(look, kind)] as const));
    all.push(Array.from({ length: 6 }, (_, root) => ['idle', colourOfTenant(look, root, 0)] as const));
    for (const [who, seer] of Object.entries(seers)) {
      for (const group of all) {
        group.forEach(([a, colour], at) =>
          group.slice(at + 1).forEach(([b, other]) => {
            const [x, y] = [seen(colour, seer), seen(other, seer)];
            const distance = Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
            assert.ok(distance > 0.06, `${look}, ${who}: ${a} ${colour} and ${b} ${other}: ${distance.toFixed(3)}`);
          }),
        );
      }
    }
  }
});

test('a colour is the word that an image has for it', () => {
  assert.equal(word('#0172ff'), 0xffff7201);
});
