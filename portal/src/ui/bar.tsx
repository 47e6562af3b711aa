// Parts of a whole as a bar, with a mark such as a guarantee.
interface Piece {
  from: number;
  to: number;
  tone?: 'soft' | 'wait' | 'quiet'; // else what runs
}

interface Props {
  whole: number;
  pieces: Piece[];
  mark?: number | undefined;
  label: string;
}

export function Bar({ whole, pieces, mark, label }: Props) {
  const at = (value: number) => `${(100 * Math.min(Math.max(value, 0), whole)) / (whole || 1)}%`;
  return (
    <div class="meter" role="img" aria-label={label} title={label}>
      {pieces.map(
        ({ from, to, tone }, index) =>
          to > from && <i key={index} class={tone ?? ''} style={{ left: at(from), width: at(to - from) }} />,
      )}
      {mark !== undefined && mark > 0 && mark < whole && <b style={{ left: at(mark) }} />}
    </div>
  );
}
