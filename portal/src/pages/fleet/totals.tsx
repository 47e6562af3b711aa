// How much there is, and what of it is in use.
import { number } from '../../i18n/format.ts';
import type { Picture } from '../../live/picture.ts';
import { sum, type Tally } from '../../map/tally.ts';
import { text } from './text.ts';

export function Totals({ picture, all, seesNodes }: { picture: Picture; all: readonly Tally[]; seesNodes: boolean }) {
  const words = text.value;
  const ofGpus = sum(all.filter((_, pool) => picture.estate.pools[pool]!.unit === 'GPUs'));
  const cpuNodes = sum(all.filter((_, pool) => picture.estate.pools[pool]!.unit === 'CPUs')).nodes;
  const figures: [string, number, boolean][] = [
    [words.total, ofGpus.cells, true],
    [seesNodes ? words.inUse : words.yours, ofGpus.held, true],
    [words.idle, ofGpus.idle, seesNodes],
    [words.failed, ofGpus.failed, seesNodes],
    [words.drained, ofGpus.drained, seesNodes],
    [words.lost, ofGpus.lost, seesNodes],
    [words.cpuNodes, cpuNodes, cpuNodes > 0],
    [words.running, picture.running, true],
    [words.pending, picture.pending, true],
  ];
  return (
    <section aria-label={words.totals}>
      <dl class="figures">
        {figures.map(
          ([name, value, isShown]) =>
            isShown && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{number(value)}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
