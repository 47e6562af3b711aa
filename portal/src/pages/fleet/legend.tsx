// What the colours mean, with how many cells have each. A click on one dims all others.
import { useState } from 'preact/hooks';
import { number } from '../../i18n/format.ts';
import { version } from '../../live/live.ts';
import type { Picture } from '../../live/picture.ts';
import { softClass, tenantClass, type Mode } from '../../map/classes.ts';
import type { Colours } from '../../map/colours.ts';
import { kindOf, kinds, type Kind } from '../../map/palette.ts';
import { address, show } from './address.ts';
import { keyOfKind } from './focus.ts';
import { text } from './text.ts';

// In this order, also where there is none; others where there are.
const always: Record<Mode, Kind[]> = {
  tenant: ['idle'],
  owner: [],
  state: ['running', 'starting', 'stopping', 'idle', 'drained', 'lost', 'failed'],
  borrowed: ['within', 'above', 'unguaranteed', 'idle'],
  health: ['well', 'beside', 'failed', 'drained', 'lost'],
};

interface Line {
  key: string; // as `only` has it
  name: string;
  colour: string;
  count: number;
  below: Line[];
}

export function Legend({ picture, colours, seesNodes }: { picture: Picture; colours: Colours; seesNodes: boolean }) {
  void version.value; // what it is given is changed in place
  const { mode, only } = address.value;
  const words = text.value;
  const counts = colours.counts();
  const lines = [...tenantLines(picture, colours, counts), ...kindLines(mode, colours, counts, seesNodes)];
  const hasCpus = picture.estate.pools.some(({ unit }) => unit === 'CPUs');
  const notes = [
    words.notes[mode],
    seesNodes ? '' : words.ownNote,
    seesNodes || mode !== 'owner' ? '' : words.ownersNote,
    hasCpus ? words.cpuNote : '',
  ];
  return (
    <section aria-label={words.legend}>
      <h2>{words.legend}</h2>
      <ul class="legend">
        {lines.map((line) => (
          <Entry key={line.key} line={line} only={only} />
        ))}
      </ul>
      {only && <button onClick={() => show({ only: '' })}>{words.showAll}</button>}
      {notes.filter(Boolean).map((note) => (
        <p key={note} class="quiet note">
          {note}
        </p>
      ))}
    </section>
  );
}

function Entry({ line, only }: { line: Line; only: string }) {
  const [isOpen, setOpen] = useState(false);
  const isOn = only === line.key;
  return (
    <li>
      <button class="entry" aria-pressed={isOn} onClick={() => show({ only: isOn ? '' : line.key, job: 0 })}>
        <i style={{ background: line.colour }} />
        <span>{line.name}</span>
        <b>{number(line.count)}</b>
      </button>
      {line.below.length > 0 && (
        <button
          class="open"
          aria-expanded={isOpen}
          aria-label={text.value.below(line.name)}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? '▾' : '▸'}
        </button>
      )}
      {isOpen && (
        <ul class="legend">
          {line.below.map((below) => (
            <Entry key={below.key} line={below} only={only} />
          ))}
        </ul>
      )}
    </li>
  );
}

function kindLines(mode: Mode, colours: Colours, counts: Uint32Array, seesNodes: boolean): Line[] {
  const order = [...new Set([...always[mode], ...kinds])];
  return order.flatMap((kind, at) => {
    const count = counts[kindOf[kind]]!;
    const isShown = count > 0 || (seesNodes && at < always[mode].length);
    return isShown
      ? [{ key: keyOfKind(kind), name: text.value.kinds[kind], colour: colours.nameOf(kindOf[kind]), count, below: [] }]
      : [];
  });
}

// Root tenants by what they have, with those below them.
function tenantLines(picture: Picture, colours: Colours, counts: Uint32Array): Line[] {
  const { tenants } = picture.estate;
  const roots = new Map<number, Line>();
  tenants.forEach(({ path }, tenant) => {
    const count = counts[tenantClass(tenant)]! + counts[softClass(tenant)]!;
    if (count === 0) return;
    const root = colours.classes.roots[tenant]!;
    const line = roots.get(root) ?? {
      key: tenants[root]!.path,
      name: tenants[root]!.path,
      colour: colours.nameOf(tenantClass(root)),
      count: 0,
      below: [],
    };
    roots.set(root, line);
    line.count += count;
    if (root === tenant) return;
    const colour = colours.nameOf(tenantClass(tenant));
    line.below.push({ key: path, name: path.slice(line.name.length + 1), colour, count, below: [] });
  });
  const lines = [...roots.values()].sort((a, b) => b.count - a.count);
  for (const line of lines) line.below.sort((a, b) => b.count - a.count);
  return lines;
}
