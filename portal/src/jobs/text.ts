// Words that the pages of jobs share.
import { inBoth } from '../i18n/language.ts';

const en = {
  cpus: 'CPUs',
  now: 'now',
  promised: (when: string) => `promised by ${when}`,
  expected: (when: string) => `about ${when}`,
  between: (low: string, high: string) => `${low} – ${high}`,
  after: (low: string) => `after ${low}`,
  beyond: (text: string) => `not within ${text}`,
  nothingSaid: 'nothing is said',
  rangeLabel: 'Expected start; the band is from p10 to p90, the line p50, the mark what is promised',
  cancelJob: 'Cancel job',
  cancelQuestion: 'Cancel this job? What it has not saved is lost.',
  keep: 'Keep it',
  mayNotSee:
    'Jobs are shown to members, owners and programme offices of their tenant, to who sent them, and to operators without names.',
};

const ko: typeof en = {
  cpus: 'CPU',
  now: '지금',
  promised: (when) => `늦어도 ${when} (약속)`,
  expected: (when) => `${when}쯤`,
  between: (low, high) => `${low} – ${high}`,
  after: (low) => `${low} 이후`,
  beyond: (text) => `${text} 안에는 시작되지 않음`,
  nothingSaid: '예측 없음',
  rangeLabel: '예상 시작 시각: 띠는 p10–p90, 선은 p50, 표시는 약속된 시각',
  cancelJob: '작업 취소',
  cancelQuestion: '이 작업을 취소할까요? 저장하지 않은 내용은 사라집니다.',
  keep: '그대로 두기',
  mayNotSee:
    '작업은 해당 테넌트의 구성원·소유 기관·지원 사업 담당자와 제출한 사람에게 보이며, 운영자에게는 이름 없이 보입니다.',
};

export const jobWords = inBoth({ en, ko });
