// What the API says of grants.
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
