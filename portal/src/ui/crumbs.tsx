// The way back to the list that a page is of, and what lies between.
import { type ComponentChildren, toChildArray } from 'preact';

export function Crumbs({ name, href, children }: { name: string; href: string; children?: ComponentChildren }) {
  return (
    <nav class="crumbs" aria-label={name}>
      <a href={href}>{name}</a>
      {toChildArray(children).map((child, index) => (
        <span key={index}> / {child}</span>
      ))}
    </nav>
  );
}
