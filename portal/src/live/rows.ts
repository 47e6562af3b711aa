// The latest row of everything, out of what the stream says: for tabs that come later.
import type { JobRow, NodeRow, State, UseRow } from './protocol.ts';

const holds = (state: number) => state >= 2 && state <= 4;

export class Rows {
  private nodes = new Map<number, NodeRow>();
  private jobs = new Map<number, JobRow>();
  private use = new Map<string, UseRow>();
  private last: State | null = null;

  get sequence(): number | null {
    return this.last?.sequence ?? null;
  }

  clear(): void {
    this.nodes.clear();
    this.jobs.clear();
    this.use.clear();
    this.last = null;
  }

  take(state: State): void {
    if (state.whole) this.clear();
    for (const row of state.nodes) {
      if (row.length === 3 && row[1] === 0 && !Number(row[2])) this.nodes.delete(row[0]);
      else this.nodes.set(row[0], row);
    }
    for (const row of state.jobs) {
      if (holds(row[3])) this.jobs.set(row[0], row);
      else this.jobs.delete(row[0]);
    }
    for (const row of state.use) this.use.set(`${row[0]}/${row[1]}`, row);
    this.last = state;
  }

  // Null before the first state.
  whole(): State | null {
    if (!this.last) return null;
    return {
      ...this.last,
      whole: true,
      nodes: [...this.nodes.values()],
      jobs: [...this.jobs.values()],
      use: [...this.use.values()],
    };
  }
}
