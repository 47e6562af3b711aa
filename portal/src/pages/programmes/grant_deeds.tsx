// What the tenant or the programme's office may do with a grant.
import { post } from '../../api/client.ts';
import { Deed } from '../../ui/deed.tsx';
import { textOf, Why } from './fields.tsx';
import { text } from './text.ts';
import type { Award, Booked } from './types.ts';

interface Props {
  award: Award;
  mayRun: boolean;
  mayAppeal: boolean;
  done: () => void;
}

export function GrantDeeds({ award, mayRun, mayAppeal, done }: Props) {
  const words = text.value;
  const to = async (what: string, body: unknown) => {
    await post<Booked>(`/v1/grants/${award.id}/${what}`, body);
    done();
  };
  const why = (fields: FormData) => ({ why: textOf(fields, 'why') });
  const appeal = award.notice?.appeal;
  const isOver = award.status === 'closed' || award.status === 'settled';
  if (!mayRun && !(mayAppeal && appeal === 'none')) return null;
  return (
    <div class="deeds">
      {mayAppeal && appeal === 'none' && (
        <Deed name={words.appeal} question={words.appealAsk} act={(fields) => to('appeal', why(fields))}>
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
            act={(fields) => to('appeal/decision', { granted, ...why(fields) })}
          >
            <Why />
          </Deed>
        ))}
      {mayRun && (
        <Deed
          name={words.refund}
          question={words.refundAsk}
          act={(fields) => to('refund', { credits: textOf(fields, 'credits'), ...why(fields) })}
        >
          <label>
            {words.credits}
            <input name="credits" required inputMode="decimal" pattern="\d+(\.\d{1,6})?" autocomplete="off" />
          </label>
          <Why />
        </Deed>
      )}
      {mayRun && !isOver && (
        <Deed name={words.close} question={words.closeAsk} isBad act={(fields) => to('close', why(fields))}>
          <Why />
        </Deed>
      )}
    </div>
  );
}
