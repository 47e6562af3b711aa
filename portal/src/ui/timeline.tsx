// What happened, the earliest first; what is to come stands at the end.
import type { ComponentChildren } from 'preact';
import { away, clock } from '../i18n/when.ts';
import { Time } from './time.tsx';

export interface Happening {
  at: string;
  title: ComponentChildren;
  tone?: 'run' | 'wait' | 'bad' | 'done' | '';
  isToCome?: boolean | undefined;
  below?: ComponentChildren;
}

export function Timeline({ of }: { of: Happening[] }) {
  return (
    <ol class="timeline">
      {of.map(({ at, title, tone, isToCome, below }, index) => (
        <li key={index} class={`${tone ?? ''} ${isToCome ? 'to-come' : ''}`}>
          <Time at={at}>{clock(at)}</Time>
          <div>
            {title} <span class="quiet small">{away(at)}</span>
            {below}
          </div>
        </li>
      ))}
    </ol>
  );
}
