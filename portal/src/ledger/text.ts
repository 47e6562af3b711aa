import { pageWords } from '../i18n/common.ts';

const en = {
  matrixNote: 'GPU hours (CPU hours in pools without GPUs): rows lend, columns borrow.',
  nobody: 'nobody’s share',
  owner: 'Owner',
  net: 'Net',
  direction: 'Borrows ← → lends',
  sum: 'All',
  grant: 'Grant',
  programme: 'Programme',
  status: 'Status',
  statuses: {
    awarded: 'awarded',
    active: 'active',
    warned: 'warned',
    reduced: 'reduced',
    closed: 'closed',
    settled: 'settled',
    filed: 'filed',
    reviewed: 'reviewed',
    waiting: 'waiting',
    refused: 'refused',
  } as Record<string, string>,
  pace: 'Used against time',
  paceLabel: (used: string, elapsed: string) => `${used} used after ${elapsed} of its time`,
  behind: 'below an even use',
  used: 'Used',
  cards: 'Cards',
  whoGrants: 'Grants are seen by members, owners and the programme office of a tenant; operators see no accounts.',
};

const ko: typeof en = {
  matrixNote: 'GPU 시간(GPU가 없는 풀은 CPU 시간): 행은 빌려준 쪽, 열은 빌린 쪽입니다.',
  nobody: '소유 기관 없는 몫',
  owner: '소유 기관',
  net: '순대여량',
  direction: '빌림 ← → 빌려줌',
  sum: '합계',
  grant: '배정',
  programme: '지원 사업',
  status: '상태',
  statuses: {
    awarded: '배정됨',
    active: '사용 중',
    warned: '통지됨',
    reduced: '감축됨',
    closed: '종료됨',
    settled: '정산 완료',
    filed: '접수됨',
    reviewed: '평가됨',
    waiting: '후보 대기',
    refused: '탈락',
  },
  pace: '기간 대비 사용',
  paceLabel: (used, elapsed) => `기간 ${elapsed} 경과, ${used} 사용`,
  behind: '균등 사용량 미만',
  used: '사용량',
  cards: '카드',
  whoGrants:
    '배정은 해당 테넌트의 구성원·소유 기관과 지원 사업 담당자가 볼 수 있으며, 운영자는 계정을 볼 수 없습니다.',
};

export const ledgerText = pageWords({ en, ko });
