// The nodes, a page at a time, or one of them.
import type { PageProps } from '../../app/pages.tsx';
import { All } from './all.tsx';
import { One } from './one.tsx';
import './nodes.css';

export function Page({ parts }: PageProps) {
  const name = parts[0] ?? '';
  return <div class="nodes">{name ? <One key={name} name={name} /> : <All />}</div>;
}
