// Where we are. Pages are paths; what a page shows of itself (filters, sort) lies in the query.
import { computed, signal } from '@preact/signals';

const here = () => location.pathname + location.search;
const url = signal(here());

addEventListener('popstate', () => (url.value = here()));

export const path = computed(() => url.value.split('?')[0]!.replace(/\/+$/, '') || '/');
export const query = computed(() => new URLSearchParams(url.value.split('?')[1] ?? ''));

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === url.value) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  url.value = here();
}

// Sets parts of the query; null or '' takes one away.
export function goWith(changes: Record<string, string | null>, how: 'push' | 'replace'): void {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  go(next.size > 0 ? `${path.peek()}?${next}` : path.peek(), how);
}

export const setQuery = (changes: Record<string, string | null>) => goWith(changes, 'replace');

// Links of this page are followed without a load, as long as they are clicked plainly.
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
});
