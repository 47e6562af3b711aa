// A part of a whole as a bar, with a mark such as a guarantee. What is above the mark has the colour of what is borrowed.
interface Props {
  value: number;
  most: number;
  mark?: number;
  label: string;
}

export function Meter({ value, most, mark, label }: Props) {
  const part = (of: number) => `${(100 * Math.min(Math.max(of, 0), most)) / (most || 1)}%`;
  return (
    <div class="meter" role="img" aria-label={label} title={label}>
      {mark !== undefined && value > mark && <i class="over" style={{ width: part(value) }} />}
      <i style={{ width: part(mark !== undefined ? Math.min(value, mark) : value) }} />
      {mark !== undefined && mark > 0 && <b style={{ left: part(mark) }} />}
    </div>
  );
}
