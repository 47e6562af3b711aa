// What a job holds, node by node.
import type { Device } from '../api/job.ts';

export interface Held {
  node: string;
  gpus: number[];
  share: number; // of each; 1: whole devices
}

export function byNode(devices: Device[]): Held[] {
  const nodes = new Map<string, Held>();
  for (const { node, gpu, share } of devices) {
    const held = nodes.get(node);
    if (held) held.gpus.push(gpu);
    else nodes.set(node, { node, gpus: [gpu], share });
  }
  return [...nodes.values()];
}

// `0–3, 6`
export function rangesOf(numbers: number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (sorted[end + 1] === sorted[end]! + 1) ++end;
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}–${sorted[end]}`);
    at = end + 1;
  }
  return parts.join(', ');
}
