// Jobs as the API answers them. What the caller may not see is left out.

export interface Forecast {
  made: string;
  beyond_horizon: boolean;
  horizon_s: number;
  p10?: string; // left out: beyond the horizon
  p50?: string;
  p90?: string;
}

export interface Device {
  node: string;
  gpu: number;
  share: number; // 1: all of it
}

export interface Eviction {
  cause: string;
  at_stake_hours: number;
  job?: number;
  tenant?: string;
  detail: string;
}

export interface JobCredits {
  held?: string;
  per_hour?: string;
  is_borrowed?: boolean;
  charged?: string;
  waived?: string;
  waived_for?: string;
}

export interface Dependency {
  kind: 'ok' | 'any' | 'not_ok';
  job: number;
  array?: boolean;
}

export interface Job {
  id: number;
  state: 'held' | 'pending' | 'starting' | 'running' | 'stopping' | 'ended';
  array?: { job: number; index: number };
  name?: string;
  tenant?: string;
  user?: string;
  priority?: number;
  tasks?: { min: number; max: number };
  per_task?: { gpus?: number; cpus?: number; memory_mib?: number };
  within?: string;
  prefer?: string;
  segments?: { of: number; within: string };
  spread?: { most: number; over: string };
  pools?: string[];
  window?: string;
  pool?: string;
  where?: string;
  devices?: Device[];
  submitted: string;
  started?: string;
  ended?: string;
  interrupted?: string;
  time_limit_s?: number;
  start_by?: string;
  promised_from?: string;
  not_before?: string;
  forecast?: Forecast;
  reasons?: string[];
  reason_codes?: string[];
  held_by?: 'user' | 'dependency';
  after?: Dependency[];
  outcome?: string;
  exit_code?: number;
  reason?: string;
  evictions?: number;
  eviction?: Eviction;
  hot_swap?: boolean;
  swaps?: number;
  failures?: number;
  start_failed?: string;
  credits?: JobCredits;
  script?: string;
  arguments?: string[];
  directory?: string;
  output?: string;
}

export interface JobList {
  jobs: Job[];
  next: string | null;
  sequence: number;
  now: string;
}

// A blocker or a change of `why`. Figures are members beside these.
export interface Blocker {
  code: string;
  detail: string;
  pool?: string;
  job?: number;
  after?: Dependency;
}

export interface WhyChange {
  code: string;
  detail: string;
  pool?: string;
  tasks?: number;
  within?: string;
  time_limit_s?: number;
  jobs?: number[];
  nodes?: string[];
}

export interface Why {
  id: number;
  state: string;
  blockers: Blocker[];
  changes: WhyChange[];
  position?: number;
  promised_from?: string;
  start_failed?: string;
  forecast?: Forecast;
}

export interface JobEvent {
  sequence: number;
  time: string;
  kind: string;
  name?: string;
  pool?: string;
  from?: string;
  to?: string;
  outcome?: string;
  cause?: string;
  at_stake_hours?: number;
  beneficiary?: number;
  beneficiary_tenant?: string;
  exit_code?: number;
  reason?: string;
  final?: boolean;
}

export interface JobEvents {
  events: JobEvent[];
  is_whole: boolean;
}

export interface PlanChange {
  code: string;
  detail: string;
  starts_at_once: boolean;
  forecast: Forecast;
  sooner_s?: number;
  tasks?: number;
  gpus?: number;
  within?: string;
  pool?: string;
  time_limit_s?: number;
  ends_within?: number;
}

export interface Plan {
  name: string;
  count: number;
  starts_at_once: boolean;
  chance_at_once: number;
  forecast: Forecast;
  last?: Forecast;
  time_limit_s: number;
  place?: { pool: string; where: string; nodes: number; tasks: number; chance: number; gpus?: number };
  start_by?: { at: string; chance: number };
  cost?: { unit: string; held: number; hours_at_limit: number; typical_run_s?: number; hours_typical?: number };
  reasons?: string[];
  reason_codes?: string[];
  changes: PlanChange[];
}
