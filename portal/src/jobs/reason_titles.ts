// What keeps a job from starting, and what would help, in a few words. docs/reasons.md has the codes.
import type { Language } from '../i18n/language.ts';

interface Title {
  en: string;
  ko: string;
}

export const blockerTitles: Record<string, Title> = {
  held: { en: 'Held by its user', ko: '사용자가 보류함' },
  hopeless: { en: 'Will never start', ko: '시작될 수 없음' },
  dependency: { en: 'Waits for another job', ko: '다른 작업의 종료를 기다림' },
  pause: { en: 'Pauses after failures', ko: '연속 실패로 잠시 멈춤' },
  limit: { en: 'The limit of a tenant', ko: '테넌트 한도 초과' },
  eviction: { en: 'Others are being stopped for it', ko: '이 작업을 위해 다른 작업을 회수하는 중' },
  promise: { en: 'Promised a start', ko: '시작 시각을 약속받음' },
  devices: { en: 'Too few devices are free', ko: '빈 장치 부족' },
  fragments: { en: 'Free devices lie apart', ko: '빈 장치가 흩어져 있음' },
  domain: { en: 'Not enough in one node, rack or block', ko: '한 노드·랙·블록 안에 자리가 부족함' },
  layout: { en: 'Its segments or spread do not fit', ko: '그룹·분산 배치 조건에 맞지 않음' },
  cpus: { en: 'Too few CPUs', ko: 'CPU 부족' },
  memory: { en: 'Too little memory', ko: '메모리 부족' },
  down: { en: 'Nodes are out of service', ko: '사용할 수 없는 노드나 GPU가 있음' },
  window: { en: 'A window is in the way', ko: '점검·예약 시간대와 겹침' },
  fences: { en: 'The rest is promised to others', ko: '나머지는 다른 작업에 약속됨' },
  guarantee: { en: 'Beyond the guarantee', ko: '보장량을 넘음' },
  order: { en: 'Others of the tenant go first', ko: '같은 테넌트의 앞선 작업이 있음' },
  racks: { en: 'Racks are kept for others', ko: '다른 테넌트 전용 랙' },
  credits: { en: 'Too few credits', ko: '크레딧 부족' },
  turn: { en: 'Next in turn', ko: '곧 차례가 옴' },
};

// Of `why`, and of a plan.
export const changeTitles: Record<string, Title> = {
  release: { en: 'Release it', ko: '보류 해제' },
  resubmit: { en: 'Submit it again', ko: '다시 제출' },
  shorter: { en: 'A shorter time limit', ko: '제한 시간 단축' },
  wider: { en: 'A wider domain', ko: '배치 범위 확대' },
  fewer_tasks: { en: 'Fewer tasks', ko: '태스크 수 줄이기' },
  fewer_gpus: { en: 'Fewer GPUs', ko: 'GPU 수 줄이기' },
  other_pool: { en: 'Another pool too', ko: '다른 풀도 허용' },
  resume: { en: 'Nodes back in service', ko: '노드 복귀' },
  after: { en: 'The end of other jobs', ko: '다른 작업의 종료' },
};

const titleIn = (titles: Record<string, Title>, code: string, language: Language) => titles[code]?.[language] ?? code;

export const blockerTitle = (code: string, language: Language) => titleIn(blockerTitles, code, language);
export const changeTitle = (code: string, language: Language) => titleIn(changeTitles, code, language);
