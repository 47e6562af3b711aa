// `summary.json` of `dure simulate`: what a report reads of it, and whether a file is one.
export interface Part {
  jobs: number;
  gpu_hours: number;
  utilisation: number | null;
  beyond_gpu_hours: number;
  p50_wait_s: number;
  p95_wait_s: number;
}

export interface LedgerPart {
  programmes: {
    programme: string;
    grants: number;
    awarded: number;
    charged: number;
    waived: number;
    borrowed: number;
    lapsed: number;
    reduced: number;
  }[];
  loans: {
    lender: string;
    borrower: string;
    gpu_hours: number;
    emergency_gpu_hours: number;
    reclaims: number;
    late: number;
    longest_reclaim_s: number;
  }[];
  taken_back: Record<string, number>;
}

export interface Summary {
  scenario: string;
  policy: string;
  seed: number;
  jobs_total: number;
  jobs_completed: number;
  jobs_timed_out: number;
  jobs_unfinished: number;
  jobs_rejected: number;
  mean_wait_s: number;
  p50_wait_s: number;
  p95_wait_s: number;
  p99_wait_s: number;
  avg_bounded_slowdown: number;
  makespan_s: number;
  gpu_hours: number;
  utilisation: number;
  offered_load: number;
  peak_pending: number;
  evictions: number;
  swaps: number;
  lost_gpu_hours_evicted: number;
  lost_gpu_hours_faults: number;
  evictions_by_cause: Record<string, { times: number; lost_gpu_hours: number }>;
  owners?: Record<string, Part>;
  programmes?: Record<string, Part>;
  ledger?: LedgerPart;
  digest: string;
}

// Why a text is no summary.
export type Refusal = 'no_json' | 'sweep' | 'other' | 'missing';
export type Read = { summary: Summary } | { refusal: Refusal; key?: string };

const texts = ['scenario', 'policy', 'digest'] as const;
const numbers = [
  ...([
    'jobs_total',
    'jobs_completed',
    'jobs_timed_out',
    'mean_wait_s',
    'p50_wait_s',
    'p95_wait_s',
    'p99_wait_s',
  ] as const),
  ...([
    'makespan_s',
    'gpu_hours',
    'utilisation',
    'evictions',
    'lost_gpu_hours_evicted',
    'lost_gpu_hours_faults',
  ] as const),
];

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function readSummary(text: string): Read {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { refusal: 'no_json' };
  }
  if (Array.isArray(body)) return { refusal: 'sweep' };
  if (!isMapping(body) || !('scenario' in body)) return { refusal: 'other' };
  for (const key of texts) if (typeof body[key] !== 'string') return { refusal: 'missing', key };
  for (const key of numbers) if (!Number.isFinite(body[key])) return { refusal: 'missing', key };
  for (const key of ['evictions_by_cause', 'owners', 'programmes'] as const) {
    const parts = body[key] ?? {};
    if (!isMapping(parts) || !Object.values(parts).every(isMapping)) return { refusal: 'missing', key };
  }
  if (body.ledger !== undefined && !isLedger(body.ledger)) return { refusal: 'missing', key: 'ledger' };
  return { summary: { evictions_by_cause: {}, ...body } as unknown as Summary };
}

function isLedger(value: unknown): boolean {
  if (!isMapping(value) || !isMapping(value.taken_back)) return false;
  return [value.programmes, value.loans].every((list) => Array.isArray(list) && list.every(isMapping));
}
