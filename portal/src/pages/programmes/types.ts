// What the API says of programmes and calls.
import type { Step } from '../../ledger/types.ts';

export interface Rates {
  from: string;
  per_hour: Record<string, string>;
}

interface UseRule {
  at_percent: number;
  least_percent: number;
  second_notice_s: number;
  appeal_s: number;
}

export interface Programme {
  name: string;
  tenant: string;
  overrun: 'refuse' | 'finish' | 'borrow' | 'debt';
  debt?: string;
  emergency: boolean;
  hours?: string;
  isolation: 'shared' | 'gpu' | 'node';
  burst: boolean;
  use: UseRule[];
}

export interface Programmes {
  rates: Rates[];
  programmes: Programme[];
}

export interface Application {
  name: string;
  tenant: string;
  asks: { kind: string; cards: number }[];
  months: number;
  status: 'filed' | 'reviewed' | 'awarded' | 'waiting' | 'refused';
  text: string;
  by?: string;
  score?: string;
  why_not?: string;
  steps?: Step[];
}

export interface Call {
  name: string;
  programme: string;
  from: string;
  is_decided: boolean;
  application_count?: number;
  text?: string;
  applications?: Application[];
}

export interface Booked {
  changes: string[];
  grants: number[];
  sequence: number;
}
