// Words that a call's text offers to who applies. It may be YAML in any form: what is not found is only not offered.
export interface Hints {
  kinds: string[];
  classes: string[];
  regions: string[];
  months: number | null;
}

// The names of `key: [a, b]` or of the lines `- a` below `key:`; also in JSON.
function listOf(text: string, key: string): string[] {
  const inLine = new RegExp(`(?:^|[\\n{,])\\s*"?${key}"?\\s*:\\s*\\[([^\\]]*)\\]`).exec(text);
  const block = new RegExp(`(?:^|\\n)${key}:\\s*\\n((?:\\s*-\\s*[^\\n]+\\n?)+)`).exec(text);
  const parts = inLine
    ? inLine[1]!.split(',')
    : (block?.[1] ?? '').split('\n').map((line) => line.replace(/^\s*-/, ''));
  return parts.map((part) => part.trim().replace(/^"(.*)"$/, '$1')).filter((part) => /^[^\s{}:]+$/.test(part));
}

export function hintsOf(text: string): Hints {
  const kinds = /(?:^|[\n{,])\s*"?kinds"?\s*:([\s\S]*?)(?:\n"?[a-z_]+"?:|\]\s*[,}\n]|$)/.exec(text)?.[1] ?? '';
  const regions = /(?:^|\n)regions:([\s\S]*?)(?:\n[a-z_]+:|$)/.exec(text)?.[1] ?? '';
  const months = /(?:^|[\n{,])\s*"?months"?\s*:\s*(\d+)/.exec(text)?.[1];
  return {
    kinds: [...kinds.matchAll(/"?name"?\s*:\s*"?([^\s,}"]+)/g)].map((match) => match[1]!),
    classes: listOf(text, 'classes'),
    regions: [...regions.matchAll(/\[([^\]]*)\]/g)].flatMap((match) =>
      match[1]!
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    ),
    months: months ? Number(months) : null,
  };
}
