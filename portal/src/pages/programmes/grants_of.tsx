// The grants of a tenant and those below it, for its own page.
import { Part } from '../../ui/part.tsx';
import { GrantsTable } from './grants_table.tsx';
import { useGrants } from './read.ts';
import { text } from './text.ts';
import './programmes.css';

export function GrantsOf({ tenant }: { tenant: string }) {
  const words = text.value;
  const grants = useGrants({ tenant });
  if (grants.body?.grants.length === 0) return null;
  return (
    <section>
      <h2>{words.grants}</h2>
      <Part of={grants} who={words.whoGrants}>
        {(body) => <GrantsTable grants={body.grants} />}
      </Part>
    </section>
  );
}
