// What the API says of nodes and windows.
export interface Device {
  index: number;
  model: string;
  memory_mib: number;
  healthy: boolean;
  uuid?: string;
  why_not?: string;
  power_w?: number;
  temperature_c?: number;
  utilization_percent?: number;
}

export interface Node {
  name: string;
  pool: string;
  state: 'ok' | 'drained' | 'lost';
  reason?: string;
  cpus?: number;
  cpus_held?: number;
  gpus?: number;
  gpus_held?: number;
  sick_gpus?: number[];
  memory_mib?: number;
  memory_held_mib?: number;
  jobs: number[];
  devices?: Device[];
}

export interface Nodes {
  nodes: Node[];
  next: string | null;
}

export interface Window {
  name?: string;
  purpose: 'maintenance' | 'reserved';
  from: string;
  until: string;
  is_open: boolean;
  node_count: number;
  nodes?: string[];
  tenant?: string;
  reason?: string;
}

export interface Opened {
  window: Window;
  evicts?: number;
  shortest_notice_s?: number;
  gone_by?: string;
}
