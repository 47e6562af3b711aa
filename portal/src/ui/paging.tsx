// The way through a list that the server gives a page at a time. Where we are, the cursor, lies in the address.
import { useRef } from 'preact/hooks';
import { goWith, query } from '../app/router.ts';
import { common } from '../i18n/common.ts';

export function Paging({ next }: { next: string | null }) {
  const words = common.value;
  const cursor = query.value.get('cursor') ?? '';
  const trail = useRef<string[]>([]); // cursors of the pages before this one
  if (!cursor) trail.current = [];
  if (trail.current.at(-1) === cursor) trail.current.pop(); // the browser went back
  if (!next && !cursor) return null;
  const to = (one: string) => {
    goWith({ cursor: one }, 'push');
    scrollTo(0, 0);
  };
  const forward = () => {
    trail.current.push(cursor);
    to(next!);
  };
  return (
    <nav class="row" aria-label={words.paging}>
      {cursor && <button onClick={() => to('')}>{words.firstPage}</button>}
      {cursor && trail.current.length > 1 && (
        <button onClick={() => to(trail.current.pop()!)}>{words.previousPage}</button>
      )}
      {next && <button onClick={forward}>{words.nextPage}</button>}
    </nav>
  );
}
