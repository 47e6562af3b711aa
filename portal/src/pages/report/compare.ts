// Two summaries side by side.

// By how much the second is more than the first, as a part of the first; null where that says nothing.
export function change(before: number | null | undefined, after: number | null | undefined): number | null {
  if (before === null || before === undefined || after === null || after === undefined) return null;
  if (before === 0) return after === 0 ? 0 : null;
  return (after - before) / Math.abs(before);
}

// The names that any of the mappings has, in the order of the first that has them.
export function namesOf(mappings: readonly (Record<string, unknown> | undefined)[]): string[] {
  return [...new Set(mappings.flatMap((mapping) => Object.keys(mapping ?? {})))];
}
