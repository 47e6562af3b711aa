// Paths of tenants: `organisation/programme/project`.

// Whether `path` is `above` or below it. Without `above` everything is.
export function isWithin(path: string, above: string | undefined): boolean {
  return !above || path === above || path.startsWith(`${above}/`);
}

// The parts of the path above it, the root first: `a`, `a/b` of `a/b/c`.
export function above(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

export const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
