// The tenants that may be chosen: of the picture, else of the API. Empty where the caller sees none.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client.ts';
import { picture } from '../live/live.ts';

export interface TenantChoice {
  path: string;
  isLeaf: boolean;
}

function choicesOf(paths: string[]): TenantChoice[] {
  const parents = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  return [...paths].sort().map((path) => ({ path, isLeaf: !parents.has(path) }));
}

let asked: Promise<TenantChoice[]> | null = null;

export function useTenants(): TenantChoice[] {
  const estate = picture.value?.estate;
  const [answered, setAnswered] = useState<TenantChoice[]>([]);
  const isKnown = estate !== undefined && estate.tenants.length > 0;
  useEffect(() => {
    if (isKnown) return;
    asked ??= get<{ tenants: { path: string }[] }>('/v1/tenants').then(
      ({ tenants }) => choicesOf(tenants.map(({ path }) => path)),
      () => [],
    );
    let isHere = true;
    void asked.then((choices) => isHere && setAnswered(choices));
    return () => void (isHere = false);
  }, [isKnown]);
  return isKnown ? choicesOf(estate.tenants.map(({ path }) => path).filter((path) => path !== '')) : answered;
}
