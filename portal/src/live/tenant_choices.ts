// The tenants that may be chosen: of the picture, else of the API. Empty where the caller sees none.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client.ts';
import { parentOf } from '../api/tenant_path.ts';
import { picture } from './live.ts';

interface TenantChoice {
  path: string;
  isLeaf: boolean;
}

function choicesOf(tenants: { path: string }[]): TenantChoice[] {
  // One that the caller may not know has a place in the picture without a name.
  const paths = tenants.flatMap(({ path }) => path || []).sort();
  const parents = new Set(paths.map(parentOf));
  return paths.map((path) => ({ path, isLeaf: !parents.has(path) }));
}

export function useTenantChoices(): TenantChoice[] {
  const known = picture.value?.estate.tenants ?? [];
  const [answered, setAnswered] = useState<{ path: string }[]>([]);
  const isKnown = known.length > 0;
  useEffect(() => {
    if (isKnown) return;
    const abort = new AbortController();
    get<{ tenants: { path: string }[] }>('/v1/tenants', {}, abort.signal).then(
      ({ tenants }) => setAnswered(tenants),
      () => undefined, // they are typed then
    );
    return () => abort.abort();
  }, [isKnown]);
  return choicesOf(isKnown ? known : answered);
}
