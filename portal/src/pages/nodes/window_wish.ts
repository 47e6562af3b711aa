// A window as it is sent, out of the fields of the form.
export function wishOf(fields: Record<string, string>): Record<string, unknown> {
  const wish: Record<string, unknown> = { name: fields.name ?? '' };
  if (fields.pool) wish.pool = fields.pool;
  else wish.nodes = (fields.nodes ?? '').split(/[\s,]+/).filter(Boolean);
  // A field of a time has the reader's zone.
  const instant = (text: string) => new Date(text).toISOString().replace(/\.\d+Z$/, 'Z');
  if (fields.from) wish.from = instant(fields.from);
  if (fields.for) wish.for = fields.for;
  else if (fields.until) wish.until = instant(fields.until);
  if (fields.tenant) wish.tenant = fields.tenant;
  if (fields.reason) wish.reason = fields.reason;
  return wish;
}
