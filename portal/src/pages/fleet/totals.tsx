// How much there is, and what of it is in use.
import { number } from '../../i18n/format.ts';
import type { Picture } from '../../live/picture.ts';
import { sum, type Tally } from '../../map/tally.ts';
import { Figures } from '../../ui/figures.tsx';
import { text } from './text.ts';

export function Totals({ picture, all, seesNodes }: { picture: Picture; all: readonly Tally[]; seesNodes: boolean }) {
  const words = text.value;
  const ofGpus = sum(all.filter((_, pool) => picture.estate.pools[pool]!.unit === 'GPUs'));
  const cpuNodes = sum(all.filter((_, pool) => picture.estate.pools[pool]!.unit === 'CPUs')).nodes;
  return (
    <section aria-label={words.totals}>
      <Figures
        isSmall
        of={[
          [words.total, number(ofGpus.cells)],
          [seesNodes ? words.inUse : words.yours, number(ofGpus.held)],
          seesNodes && [words.idle, number(ofGpus.idle)],
          seesNodes && [words.failed, number(ofGpus.failed)],
          seesNodes && [words.drained, number(ofGpus.drained)],
          seesNodes && [words.lost, number(ofGpus.lost)],
          cpuNodes > 0 && [words.cpuNodes, number(cpuNodes)],
          [words.running, number(picture.running)],
          [words.pending, number(picture.pending)],
        ]}
      />
    </section>
  );
}
