// A time in the words that suit the place; when it was exactly, where one points.
import type { ComponentChildren } from 'preact';
import { exactTime } from '../i18n/format.ts';
import { away, clock } from '../i18n/when.ts';

export function Time({ at, children }: { at: string; children?: ComponentChildren }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {children ?? clock(at)}
    </time>
  );
}

// `14:05 in 2 h`
export function Moment({ at }: { at: string }) {
  return (
    <Time at={at}>
      {clock(at)} <span class="quiet small">{away(at)}</span>
    </Time>
  );
}
