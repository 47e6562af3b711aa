// What `GET /v1/live` sends, and what the worker passes on to the tabs. docs/design/0032-portal.md has it in full.

export interface Site {
  name: string;
  engine: string;
}

export interface Pool {
  path: string;
  site: number;
  unit: 'GPUs' | 'CPUs';
  gpu_model?: string;
  gpus_per_node: number;
  nodes: number;
  first_node: number;
  nodes_per_rack: number;
  racks_per_block: number;
  blocks: number;
  hosts?: string[];
  owners: [tenant: number, amount: number][];
}

export interface Tenant {
  path: string;
  parent: number | null;
  guarantees: [pool: number, amount: number][];
}

export interface Estate {
  version: number;
  name: string;
  sites: Site[];
  pools: Pool[];
  tenants: Tenant[];
}

// Node, its state (0 well, 1 drained, 2 lost), failed GPUs; then for each placement job, mask, thousandths of each device.
export type Mask = number | string;
export type NodeRow = [node: number, state: number, sick: Mask, ...placements: (number | Mask)[]];

export const jobStates = ['held', 'pending', 'starting', 'running', 'stopping', 'ended'] as const;
export type JobRow = [id: number, tenant: number, pool: number, state: number, user?: string, name?: string];

export type UseRow = [tenant: number, pool: number, held: number, running: number, pending: number];

export interface State {
  sequence: number;
  now: string;
  whole?: boolean;
  pending: number;
  running: number;
  nodes: NodeRow[];
  jobs: JobRow[];
  use: UseRow[];
}

export interface Connection {
  isLive: boolean;
  since: number; // Date.now() of the last word from the server
  isRefused: boolean; // the session is over
}

export type ToTab =
  | { kind: 'estate'; estate: Estate }
  | { kind: 'state'; state: State }
  | { kind: 'connection'; connection: Connection };

export type ToWorker = { kind: 'hello' } | { kind: 'bye' } | { kind: 'again' } | { kind: 'forget' };
