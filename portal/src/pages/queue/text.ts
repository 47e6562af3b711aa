import { withWords } from '../../i18n/common.ts';
import { jobWords } from '../../jobs/text.ts';

const en = {
  states: { all: 'All', waiting: 'Waiting', running: 'Running', held: 'Held', ended: 'Ended' },
  allTenants: 'All tenants',
  userPlace: 'anybody',
  mine: 'Mine',
  array: (id: string) => `Array ${id}`,
  searchPlace: 'number, name, user or tenant',
  sort: 'Order',
  sorts: {
    oldest: 'Oldest first',
    newest: 'Newest first',
    priority: 'Priority',
    largest: 'Most GPUs',
    soonest: 'Soonest start',
  },
  whose: 'Tenant, user',
  submitted: 'Submitted',
  when: { all: 'When', waiting: 'Starts', running: 'Runs', held: 'When', ended: 'Ended' },
  why: {
    all: 'Where, or why not',
    waiting: 'Why it waits',
    running: 'Where',
    held: 'Why it is held',
    ended: 'How it ended',
  },
  since: (when: string) => `since ${when}`,
  until: (when: string) => `until ${when}`,
  ran: (text: string) => `ran ${text}`,
  neverRan: 'never ran',
  heldBy: { user: 'until it is released', dependency: 'until other jobs end' } as Record<string, string>,
  fresh: (count: number) => (count === 1 ? '1 new job' : `${count} new jobs`),
  noJobs: 'No job is like that.',
  clear: 'Show all jobs',
};

const ko: typeof en = {
  states: { all: '전체', waiting: '대기', running: '실행 중', held: '보류', ended: '종료' },
  allTenants: '모든 테넌트',
  userPlace: '누구나',
  mine: '내 작업',
  array: (id) => `배열 ${id}`,
  searchPlace: '번호, 이름, 사용자, 테넌트',
  sort: '정렬',
  sorts: {
    oldest: '오래된 순',
    newest: '최신 순',
    priority: '우선순위 순',
    largest: 'GPU 많은 순',
    soonest: '빨리 시작할 순',
  },
  whose: '테넌트, 사용자',
  submitted: '제출',
  when: { all: '시각', waiting: '시작 예정', running: '실행', held: '시각', ended: '종료' },
  why: { all: '위치 또는 대기 사유', waiting: '대기 사유', running: '위치', held: '보류 사유', ended: '종료 내용' },
  since: (when) => `${when}부터`,
  until: (when) => `${when}까지`,
  ran: (text) => `${text} 실행`,
  neverRan: '실행되지 않음',
  heldBy: { user: '해제될 때까지', dependency: '다른 작업이 끝날 때까지' },
  fresh: (count) => `새 작업 ${count}개`,
  noJobs: '조건에 맞는 작업이 없습니다.',
  clear: '모든 작업 보기',
};

export const text = withWords(jobWords, { en, ko });
