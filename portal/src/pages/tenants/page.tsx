// Who may hold how much, and holds it: all tenants as a tree, or one.
import type { PageProps } from '../../app/pages.tsx';
import { All } from './all.tsx';
import { One } from './one.tsx';
import './tenants.css';

export function Page({ parts }: PageProps) {
  const path = parts[0] ?? '';
  return path ? <One key={path} path={path} /> : <All />;
}
