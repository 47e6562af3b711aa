// Texts as YAML has them: plain where nobody could read them otherwise, else quoted.

const plain = /^[A-Za-z_/][A-Za-z0-9_./@+-]*$/;
const duration = /^(?:[0-9]+(?:d|h|m|s))+$/;
const memory = /^[0-9]+(?:Ki|Mi|Gi|Ti)$/;
const words = /^(?:true|false|yes|no|on|off|y|n|null)$/i; // would be something else than a text

export function scalar(text: string): string {
  if (plain.test(text) && !words.test(text)) return text;
  if (duration.test(text) || memory.test(text)) return text;
  return quoted(text);
}

// What JSON.stringify leaves as it is and YAML does not take.
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// A number as it was typed; anything else as a text, of which the server says what it should be.
export function numeral(text: string): string {
  return /^-?[0-9]+(?:\.[0-9]+)?$/.test(text.trim()) ? text.trim() : scalar(text.trim());
}

// Lines of `key: |`, or one line with a quoted text where a block would not keep it as it is.
export function block(key: string, text: string): string[] {
  const isKept =
    /^[^\s]/.test(text) && !/[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd]/.test(withoutPairs(text));
  if (!text.includes('\n') || !isKept) return [`${key}: ${scalar(text)}`];
  const ends = /\n*$/.exec(text)![0].length;
  const chomp = ends === 0 ? '-' : ends === 1 ? '' : '+';
  const lines = (ends > 0 ? text.slice(0, -1) : text).split('\n');
  return [`${key}: |${chomp}`, ...lines.map((line) => (line ? `  ${line}` : ''))];
}

// Characters beyond the first plane are fine in pairs.
const withoutPairs = (text: string) => text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, 'x');

export function flow(fields: [key: string, value: string][]): string {
  return `{${fields.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

export const list = (values: string[]) => `[${values.map(scalar).join(', ')}]`;
