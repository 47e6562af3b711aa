// One of several values, in a list that opens.
export type Option<Value extends string = string> = readonly [value: Value, name: string];

interface Props<Value extends string> {
  label: string;
  value: Value;
  options: readonly Option<Value>[];
  set: (value: Value) => void;
  name?: string; // of the field in a form
  isBare?: boolean; // the label is heard, not seen
}

export function Choice<Value extends string>({ label, value, options, set, name, isBare }: Props<Value>) {
  const list = (
    <select
      name={name}
      aria-label={isBare ? label : undefined}
      value={value}
      onChange={(event) => set(event.currentTarget.value as Value)}
    >
      {options.map(([one, shown]) => (
        <option key={one} value={one}>
          {shown}
        </option>
      ))}
    </select>
  );
  if (isBare) return list;
  return (
    <label>
      {label}
      {list}
    </label>
  );
}

// Values that are their own names, after one that means all of them; `value` too, where it is none of them.
export function optionsOf(values: readonly string[], all: string, value = ''): Option[] {
  const known = value && !values.includes(value) ? [value, ...values] : values;
  return [['', all], ...known.map((one): Option => [one, one])];
}
