// What the API says of tenants and their use.
export interface Quota {
  pool: string;
  unit: 'GPUs' | 'CPUs';
  guarantee: number;
  limit: number | null;
  racks?: number;
  held: number;
  borrowed: number;
  running: number;
  pending: number;
}

export interface Tenant {
  path: string;
  weight: number;
  fairness: 'none' | 'users';
  preempt: 'none' | 'priority';
  pools: Quota[];
}

export interface Balance {
  tenant: string;
  programme: string;
  balance: string;
  free: string;
  held: string;
  owed?: string;
  first_lapses?: string;
}

export interface Harm {
  hours: number;
  times: number;
  by_cause?: Record<string, Harm>;
}

export interface Use {
  pool: string;
  unit: 'GPUs' | 'CPUs';
  hours: number;
  lost: { evicted: Harm; node_lost: Harm };
  jobs_ended: number;
  jobs_running: number;
}

export interface Line {
  pool: string;
  kind: string;
  runs: number;
  hours: number;
  charged: string;
  waived: Record<string, string>;
}

export interface Month {
  month: string;
  opening: string;
  awarded: string;
  charged: string;
  refunded: string;
  lapsed: string;
  reduced: string;
  closing: string;
  pools: Line[];
}

export interface Statement extends Balance {
  months: Month[];
}
