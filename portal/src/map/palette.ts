// The map's colours, light and dark. Those of one mode differ in lightness too, for eyes that see no red or green.

export type Look = 'light' | 'dark';

// What a cell can be, apart from somebody's.
export const kinds = [
  'idle',
  'hidden', // not for this caller to see
  'someone', // held by whom this caller may not see
  'out', // not in service
  'starting',
  'running',
  'stopping',
  'drained',
  'lost',
  'failed',
  'within',
  'above',
  'unguaranteed',
  'unknown',
  'well',
  'beside', // well, in a node of which another has failed
  'nobody',
] as const;
export type Kind = (typeof kinds)[number];
export const kindOf = Object.fromEntries(kinds.map((kind, index) => [kind, index])) as Record<Kind, number>;

const kindColours: Record<Look, Record<Kind, string>> = {
  light: {
    idle: '#d3d0c8',
    hidden: '#e3dfd6',
    someone: '#8b939b',
    out: '#4b4641',
    starting: '#e3a81c',
    running: '#1d7565',
    stopping: '#a883c9',
    drained: '#8b8f96',
    lost: '#1b2024',
    failed: '#d81b60',
    within: '#2f6fb0',
    above: '#e08a1e',
    unguaranteed: '#f0cf8a',
    unknown: '#8b939b',
    well: '#9dc9be',
    beside: '#e3a81c',
    nobody: '#b9b5ab',
  },
  dark: {
    idle: '#39424a',
    hidden: '#2a3137',
    someone: '#7e8891',
    out: '#0a0c0e',
    starting: '#f2c94c',
    running: '#3d9c8a',
    stopping: '#b9a0e0',
    drained: '#57616a',
    lost: '#f6f3ec',
    failed: '#ff7043',
    within: '#4a8fd6',
    above: '#f2a541',
    unguaranteed: '#f4dfb0',
    unknown: '#7e8891',
    well: '#4fb39f',
    beside: '#f2c94c',
    nobody: '#59626a',
  },
};

const hues: Record<Look, string[]> = {
  light: [
    '#0072b2',
    '#e69f00',
    '#009e73',
    '#cc79a7',
    '#56b4e9',
    '#a0470a',
    '#5b3fa0',
    '#b5b12d',
    '#7a1f5c',
    '#1f5a4a',
    '#e8735a',
    '#8fa3bf',
  ],
  dark: [
    '#3f97d3',
    '#f0b43c',
    '#2fb98b',
    '#e39cc4',
    '#8fd0f5',
    '#c96a2e',
    '#8f76d8',
    '#d9d45a',
    '#b9558f',
    '#5f9d8a',
    '#ff9d85',
    '#a9bad2',
  ],
};

// Those of the page's stylesheet.
const grounds = {
  light: {
    estate: '#fbfaf7',
    site: '#ffffff',
    pool: '#efece5',
    ink: '#1b2024',
    quiet: '#5b636b',
    rule: '#cfcbc1',
    focus: '#2457c5',
  },
  dark: {
    estate: '#121619',
    site: '#191e22',
    pool: '#22282c',
    ink: '#ebe8e1',
    quiet: '#9ea7ae',
    rule: '#424b52',
    focus: '#8fb4ff',
  },
};

export function groundOf(look: Look) {
  return grounds[look];
}

export function groundWordsOf(look: Look): Record<'estate' | 'site' | 'pool', number> {
  const { estate, site, pool } = grounds[look];
  return { estate: word(estate), site: word(site), pool: word(pool) };
}

export function colourOfKind(look: Look, kind: Kind): string {
  return kindColours[look][kind];
}

// `child`: 0 for the root itself, then its descendants in their order.
export function colourOfTenant(look: Look, root: number, child: number): string {
  const hue = hues[look][root % hues[look].length]!;
  const turn = Math.floor(root / hues[look].length) * 0.37 + child * 0.618;
  if (turn === 0) return hue;
  const shade = ((turn % 1) * 2 - 1) * 0.36;
  return shade > 0 ? mixed(hue, '#ffffff', shade) : mixed(hue, '#000000', -shade);
}

export function mixed(a: string, b: string, part: number): string {
  const channel = (at: number) => {
    const [from, to] = [a, b].map((text) => parseInt(text.slice(at, at + 2), 16)) as [number, number];
    return Math.round(from + (to - from) * part)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

// As an ImageData has it, on machines that keep the lowest byte first, as all browsers' do.
export function word(colour: string): number {
  const rgb = parseInt(colour.slice(1), 16);
  return ((255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}
