// Which of the known steps a sentence of the server begins with: the longest.
export function titleOf(sentence: string, known: readonly string[]): string | null {
  const fits = known.filter((one) => sentence === one || new RegExp(`^${one}[: ]`).test(sentence));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}
