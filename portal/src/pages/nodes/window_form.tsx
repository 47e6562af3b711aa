// The form by which an operator opens a window.
import { useState } from 'preact/hooks';
import { post } from '../../api/client.ts';
import { picture } from '../../live/live.ts';
import { Deed } from '../../ui/deed.tsx';
import { text } from './text.ts';
import type { Opened } from './types.ts';
import { wishOf } from './window_wish.ts';

export function OpenWindow({ done }: { done: (opened: Opened) => void }) {
  const words = text.value;
  const [isPool, setPool] = useState(false);
  const pools = picture.value?.estate.pools.map(({ path }) => path) ?? [];
  const act = async (fields: FormData) => {
    const entries = Object.fromEntries([...fields].map(([name, value]) => [name, String(value).trim()]));
    done(await post<Opened>('/v1/windows', wishOf(entries)));
  };
  const field = (
    name: string,
    label: string,
    more: { help?: string; type?: string; must?: boolean; isWide?: boolean } = {},
  ) => (
    <label class={more.isWide ? 'wide' : ''}>
      {label}
      <input name={name} type={more.type ?? 'text'} required={more.must ?? false} autocomplete="off" />
      {more.help && <small>{more.help}</small>}
    </label>
  );
  return (
    <Deed name={words.openWindow} question={words.openAsk} act={act}>
      {field('name', words.name, { must: true })}
      <label>
        {words.which}
        <select value={isPool ? 'pool' : 'nodes'} onChange={(event) => setPool(event.currentTarget.value === 'pool')}>
          <option value="nodes">{words.byName}</option>
          <option value="pool">{words.wholePool}</option>
        </select>
      </label>
      {isPool ? (
        <label>
          {words.pool}
          <input name="pool" required list="window-pools" autocomplete="off" />
          <datalist id="window-pools">
            {pools.map((pool) => (
              <option key={pool} value={pool} />
            ))}
          </datalist>
        </label>
      ) : (
        <label class="wide">
          {words.nodeNames}
          <textarea name="nodes" required rows={2} />
        </label>
      )}
      {field('from', words.from, { type: 'datetime-local', help: words.fromHelp })}
      {field('for', words.length, { help: words.lengthHelp })}
      {field('until', words.until, { type: 'datetime-local' })}
      {field('tenant', words.reservedFor, { help: words.reservedHelp })}
      {field('reason', words.reason, { isWide: true })}
    </Deed>
  );
}
