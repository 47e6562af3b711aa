// A document as people read it: JSON in lines, other text as it is.
export function documentOf(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
