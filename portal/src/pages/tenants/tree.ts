// The tenants as a tree, of which branches are open or closed.
export interface Branch<Item> {
  item: Item;
  path: string;
  name: string; // its last part, or all of it where what lies above is not to be seen
  depth: number;
  isParent: boolean;
  isOpen: boolean;
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

// The parts of the path above it, the root first: `a`, `a/b` of `a/b/c`.
export function above(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

// In the order of the tree. Branches are open where `isOpen` says so. With `search` those whose path has it, and
// what lies above them, all open.
export function branches<Item extends { path: string }>(
  items: readonly Item[],
  isOpen: (path: string) => boolean,
  search = '',
): Branch<Item>[] {
  const known = new Set(items.map((item) => item.path));
  const children = new Map<string, Item[]>();
  for (const item of items) {
    const parent =
      above(item.path)
        .filter((path) => known.has(path))
        .pop() ?? '';
    const siblings = children.get(parent);
    if (siblings) siblings.push(item);
    else children.set(parent, [item]);
  }
  const wanted = found(items, search);
  const rows: Branch<Item>[] = [];
  const visit = (item: Item, depth: number) => {
    const { path } = item;
    if (wanted && !wanted.has(path)) return;
    const below = children.get(path) ?? [];
    const name = depth === 0 ? path : path.slice(parentOf(path).length + 1);
    const open = below.length > 0 && (wanted !== null || isOpen(path));
    rows.push({ item, path, name, depth, isParent: below.length > 0, isOpen: open });
    if (open) below.forEach((child) => visit(child, depth + 1));
  };
  (children.get('') ?? []).forEach((item) => visit(item, 0));
  return rows;
}

function found<Item extends { path: string }>(items: readonly Item[], search: string): Set<string> | null {
  const text = search.trim().toLowerCase();
  if (!text) return null;
  const wanted = new Set<string>();
  for (const { path } of items) {
    if (!path.toLowerCase().includes(text)) continue;
    wanted.add(path);
    above(path).forEach((one) => wanted.add(one));
  }
  return wanted;
}
