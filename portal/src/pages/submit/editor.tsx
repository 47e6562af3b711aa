// The document with the numbers of its lines, of which those with a mistake are marked.
import type { RefObject } from 'preact';
import { text } from './text.ts';

interface Props {
  value: string;
  bad: Set<number>;
  area: RefObject<HTMLTextAreaElement>;
  onEdit: (value: string) => void;
}

export function Editor({ value, bad, area, onEdit }: Props) {
  const count = value.split('\n').length;
  return (
    <div class="editor mono">
      <div class="gutter" aria-hidden="true">
        {Array.from({ length: count }, (_, at) => (
          <div key={at} class={bad.has(at + 1) ? 'bad' : ''}>
            {at + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={text.value.lineNumbers}
        wrap="off"
        spellcheck={false}
        rows={count}
        value={value}
        onInput={(event) => onEdit(event.currentTarget.value)}
      />
    </div>
  );
}

// Selects a line, counted from one, and brings it into sight.
export function showLine(area: HTMLTextAreaElement | null, line: number): void {
  if (!area) return;
  const lines = area.value.split('\n');
  const begin = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(begin, begin + (lines[line - 1]?.length ?? 0));
  area.parentElement?.querySelector(`.gutter > :nth-child(${line})`)?.scrollIntoView({ block: 'center' });
}
