// Fields of the form.
import type { JobForm } from '../../jobs/job_form.ts';
import { text } from './text.ts';

export interface FormProps {
  form: JobForm;
  set: (changes: Partial<JobForm>) => void;
}

type Keys<Value> = { [Key in keyof JobForm]: JobForm[Key] extends Value ? Key : never }[keyof JobForm];
type TextKey = Keys<string>;
type FlagKey = Keys<boolean>;

interface TextProps extends FormProps {
  of: TextKey;
  isNumber?: boolean;
  isRequired?: boolean;
  size?: 'small' | 'wide';
}

export function TextField({ form, set, of, isNumber, isRequired, size }: TextProps) {
  const words = text.value;
  return (
    <label class={size ?? ''}>
      {words.fields[of]}
      <input
        name={of}
        value={form[of]}
        inputMode={isNumber ? 'decimal' : 'text'}
        placeholder={words.hints[of] ?? ''}
        required={isRequired}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => set({ [of]: event.currentTarget.value })}
      />
    </label>
  );
}

interface ChoiceProps extends FormProps {
  of: TextKey;
  values: Record<string, string>;
}

export function ChoiceField({ form, set, of, values }: ChoiceProps) {
  return (
    <label>
      {text.value.fields[of]}
      <select name={of} value={form[of]} onChange={(event) => set({ [of]: event.currentTarget.value })}>
        {Object.entries(values).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function FlagField({ form, set, of }: FormProps & { of: FlagKey }) {
  return (
    <label class="flag">
      <input
        type="checkbox"
        name={of}
        checked={form[of]}
        onChange={(event) => set({ [of]: event.currentTarget.checked })}
      />
      {text.value.fields[of]}
    </label>
  );
}

export function LinesField({ form, set, of, rows }: FormProps & { of: TextKey; rows: number }) {
  const words = text.value;
  return (
    <label class="long">
      {words.fields[of]}
      <textarea
        name={of}
        class="mono"
        rows={rows}
        wrap="off"
        spellcheck={false}
        placeholder={words.hints[of] ?? ''}
        value={form[of]}
        onInput={(event) => set({ [of]: event.currentTarget.value })}
      />
    </label>
  );
}

// One a line; those with several lines of their own are left to the YAML.
export function ArgumentsField({ form, set }: FormProps) {
  const words = text.value;
  const isLong = form.arguments.some((argument) => argument.includes('\n'));
  if (isLong) return <p class="quiet small">{words.argumentsLong}</p>;
  return (
    <label class="long">
      {words.fields.arguments}
      <textarea
        name="arguments"
        class="mono"
        rows={Math.max(2, form.arguments.length)}
        wrap="off"
        spellcheck={false}
        placeholder={words.hints.arguments ?? ''}
        value={form.arguments.join('\n')}
        onInput={(event) => {
          const { value } = event.currentTarget;
          set({ arguments: value === '' ? [] : value.split('\n') });
        }}
      />
    </label>
  );
}
