import { withWords } from '../../i18n/common.ts';
import { ledgerText } from '../../ledger/text.ts';

const en = {
  who: 'Loans are seen by the owners of root tenants: each those that it gave or took.',
  now: 'Shares now',
  nowNote: 'Of what each owns: used by itself, lent to others, idle; and what it holds beyond its share.',
  nowNone: 'There is no share of an owner whose use you may see.',
  nowWait: 'Waiting for the live picture.',
  matrix: 'Who lent to whom',
  owned: 'Owned',
  used: 'Used by itself',
  idle: 'Idle',
  noLoans: 'Nothing was lent in this time.',
  noRates: 'Loans are kept from the moment when rates are declared (dure programme apply).',
  byPool: 'By pool and reason, with reclaims',
  reasons: { idle: 'idle', burst: 'burst of an owner', emergency: 'emergency' } as Record<string, string>,
  hours: 'Hours',
  promised: 'Promised within',
  shareLabel: (used: string, lent: string, owned: string, borrowed: string) =>
    `${used} used and ${lent} lent of ${owned} owned; ${borrowed} borrowed`,
  notTold: 'not told',
};

const ko: typeof en = {
  who: '대여 내역은 소유 기관이 볼 수 있으며, 각자 빌려주거나 빌린 것만 보입니다.',
  now: '현재 지분',
  nowNote: '보유분 가운데 직접 사용, 빌려줌, 유휴, 그리고 지분을 넘어 점유한 양입니다.',
  nowNone: '사용량을 볼 수 있는 소유 기관의 지분이 없습니다.',
  nowWait: '실시간 현황을 기다리는 중입니다.',
  matrix: '대여 관계',
  owned: '보유',
  used: '직접 사용',
  idle: '유휴',
  noLoans: '이 기간에는 대여가 없습니다.',
  noRates: '대여는 단가가 선언된 때부터(dure programme apply) 기록됩니다.',
  byPool: '풀·사유별 내역과 회수',
  reasons: { idle: '유휴', burst: '소유 기관의 초과 사용', emergency: '긴급' },
  hours: '시간',
  promised: '약속 시간',
  shareLabel: (used, lent, owned, borrowed) => `보유 ${owned} 중 ${used} 사용, ${lent} 빌려줌, ${borrowed} 빌림`,
  notTold: '비공개',
};

export const text = withWords(ledgerText, { en, ko });
