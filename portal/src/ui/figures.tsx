// Some figures or facts, each with its name: side by side, or one below the other.
import type { ComponentChildren } from 'preact';

export type Figure = [name: string, value: ComponentChildren];
type Maybe = Figure | false | '' | null | undefined;

interface Props {
  of: Maybe[];
  isSmall?: boolean;
}

export function Figures({ of, isSmall }: Props) {
  return <List of={of} look={isSmall ? 'figures small-figures' : 'figures'} />;
}

export function Facts({ of }: { of: Maybe[] }) {
  return <List of={of} look="facts" />;
}

function List({ of, look }: { of: Maybe[]; look: string }) {
  return (
    <dl class={look}>
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
