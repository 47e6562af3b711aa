// An application as it is sent: JSON of docs/operating/rounds.md without a score.
export interface Wish {
  name: string;
  organisation: string;
  class: string;
  region: string;
  project: string;
  tags: string; // with blanks between them
  months: string;
  asks: { kind: string; cards: string }[]; // any of them would do, the first rather
  least: string;
}

export function bodyOf(wish: Wish): Record<string, unknown> {
  const body: Record<string, unknown> = { name: wish.name, organisation: wish.organisation, class: wish.class };
  if (wish.region) body.region = wish.region;
  if (wish.project) body.project = wish.project;
  const tags = wish.tags.split(/[\s,]+/).filter(Boolean);
  if (tags.length > 0) body.tags = tags;
  if (wish.months) body.months = Number(wish.months);
  body.asks = wish.asks
    .filter(({ kind, cards }) => kind && cards)
    .map(({ kind, cards }) => ({ [kind]: Number(cards) }));
  if (wish.least) body.least = Number(wish.least);
  return body;
}
