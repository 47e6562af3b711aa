// What the API says of programmes, calls and grants.
export interface Rates {
  from: string;
  per_hour: Record<string, string>;
}

export interface UseRule {
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

export interface Step {
  at: string;
  text: string;
  by?: string; // absent: the rules
  why?: string;
}

export interface Notice {
  number: number;
  first: string;
  appeal: 'none' | 'filed' | 'granted' | 'refused';
  appeal_until?: string;
  at_percent?: number;
  least_percent?: number;
}

export interface Lot {
  from: string;
  to: string;
  state: 'to come' | 'open' | 'over';
  awarded: string;
  free: string;
  held: string;
  spent: string;
  lapsed: string;
}

export interface Award {
  id: number;
  programme: string;
  tenant: string;
  status: 'awarded' | 'active' | 'warned' | 'reduced' | 'closed' | 'settled';
  kinds: string[];
  cards?: number;
  cards_awarded?: number;
  from: string;
  to: string;
  awarded: string;
  free: string;
  held: string;
  spent: string;
  lapsed: string;
  waived: string;
  used: string;
  even_use: string;
  call?: string;
  application?: string;
  notice?: Notice;
  lots?: Lot[];
  steps?: Step[];
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
