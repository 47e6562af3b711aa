// Programmes, their calls and grants.
import type { PageProps } from '../../app/pages.tsx';
import { common } from '../../i18n/common.ts';
import { CallPage } from './call.tsx';
import { GrantPage } from './grant.tsx';
import { List } from './list.tsx';
import { One } from './one.tsx';
import './programmes.css';

export function Page({ parts }: PageProps) {
  const [name, kind, which, ...rest] = (parts[0] ?? '').split('/');
  if (!name) return <List />;
  if (!kind) return <One key={name} name={name} />;
  if (kind === 'calls' && which && rest.length === 0) return <CallPage key={which} programme={name} name={which} />;
  if (kind === 'grants' && which && rest.length === 0) return <GrantPage key={which} programme={name} id={which} />;
  return <p>{common.value.notFound}</p>;
}
