// Some figures, each with its name, in a line.
import type { ComponentChildren } from 'preact';

export type Figure = [name: string, value: ComponentChildren];

export function Figures({ of }: { of: (Figure | false | '' | null | undefined)[] }) {
  return (
    <dl class="figures">
      {of.map(
        (figure) =>
          figure && (
            <div key={figure[0]}>
              <dt>{figure[0]}</dt>
              <dd>{figure[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
