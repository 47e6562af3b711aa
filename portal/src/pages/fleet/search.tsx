// Jumps to a node by its name, or to a job by its number.
import { useState } from 'preact/hooks';
import { number } from '../../i18n/format.ts';
import { nodeName, type Picture } from '../../live/picture.ts';
import { gangOf, nodesNamed } from '../../map/gang.ts';
import { placeOfNode, type Layout } from '../../map/layout.ts';
import { toText } from '../../map/place.ts';
import { show } from './address.ts';
import { text } from './text.ts';

const most = 8;

export function Search({ picture, layout }: { picture: Picture; layout: Layout }) {
  const [wanted, setWanted] = useState('');
  const [found, setFound] = useState<number[]>([]);
  const [missing, setMissing] = useState('');
  const words = text.value;
  const { estate } = picture;

  const goToNode = (node: number) => {
    const place = placeOfNode(layout, estate, node);
    if (!place) return;
    show({ at: toText(estate, place), pick: toText(estate, place), job: 0, isTable: false });
  };
  const goToJob = (job: number) => {
    const { cells, place } = gangOf(picture, layout, job);
    if (cells === 0) return setMissing(String(job));
    show({ at: toText(estate, place), pick: '', job, only: '', isTable: false });
  };
  const find = (event: Event) => {
    event.preventDefault();
    const asked = wanted.trim();
    setFound([]);
    setMissing('');
    if (asked === '') return;
    if (/^\d{1,10}$/.test(asked)) return goToJob(Number(asked));
    const nodes = nodesNamed(estate, asked, most);
    if (nodes.length === 0) return setMissing(asked);
    goToNode(nodes[0]!);
    if (nodes.length > 1) setFound(nodes);
  };

  const isJob = /^\d+$/.test(missing);
  return (
    <form class="find" role="search" onSubmit={find}>
      <input
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <button>{words.find}</button>
      <div class="found" role="status">
        {missing && (
          <p>
            {isJob ? words.noJob(missing) : words.noNode(missing)}{' '}
            {isJob && <a href={`/jobs/${missing}`}>{words.toJob}</a>}
          </p>
        )}
        {found.length > 0 && (
          <>
            <p>{words.many(number(found.length))}</p>
            {found.map((node) => (
              <button key={node} type="button" class="plain" onClick={() => goToNode(node)}>
                {nodeName(estate, picture.poolOf(node), node)}
              </button>
            ))}
          </>
        )}
      </div>
    </form>
  );
}
