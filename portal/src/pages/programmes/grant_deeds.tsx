// What the tenant or the programme's office may do with a grant.
import { change } from '../../api/change.ts';
import type { Award } from '../../ledger/types.ts';
import { Deed, textOf } from '../../ui/deed.tsx';
import { text } from './text.ts';
import { Why } from './why.tsx';

interface Props {
  award: Award;
  mayRun: boolean;
  mayAppeal: boolean;
  done: () => void;
}

export function GrantDeeds({ award, mayRun, mayAppeal, done }: Props) {
  const words = text.value;
  // With the reason that every deed has.
  const to =
    (what: string, more: (fields: FormData) => object = () => ({})) =>
    async (fields: FormData, key: string) => {
      const body = { ...more(fields), why: textOf(fields, 'why') };
      await change(`/v1/grants/${award.id}/${what}`, { body, key });
      done();
    };
  const appeal = award.notice?.appeal;
  const isOver = award.status === 'closed' || award.status === 'settled';
  if (!mayRun && !(mayAppeal && appeal === 'none')) return null;
  return (
    <div class="acts">
      {mayAppeal && appeal === 'none' && (
        <Deed name={words.appeal} question={words.appealAsk} act={to('appeal')}>
          <Why />
        </Deed>
      )}
      {mayRun &&
        appeal === 'filed' &&
        [true, false].map((granted) => (
          <Deed
            key={String(granted)}
            name={granted ? words.decideGrant : words.decideRefuse}
            question={words.decideAsk}
            isBad={!granted}
            act={to('appeal/decision', () => ({ granted }))}
          >
            <Why />
          </Deed>
        ))}
      {mayRun && (
        <Deed
          name={words.refund}
          question={words.refundAsk}
          act={to('refund', (fields) => ({ credits: textOf(fields, 'credits') }))}
        >
          <label>
            {words.credits}
            <input name="credits" required inputMode="decimal" pattern="\d+(\.\d{1,6})?" autocomplete="off" />
          </label>
          <Why />
        </Deed>
      )}
      {mayRun && !isOver && (
        <Deed name={words.close} question={words.closeAsk} isBad act={to('close')}>
          <Why />
        </Deed>
      )}
    </div>
  );
}
