// A machine with GPUs of which some have failed: the driver's library is the stand-in of the server's own tests.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface BrokenGpus {
  environment: Record<string, string>;
  remove: () => void;
}

export function brokenGpus(): BrokenGpus {
  const folder = mkdtempSync(join(tmpdir(), 'dure-nvml-'));
  const source = resolve('../src/dure/engine/local/fake_nvml.cc');
  execFileSync(process.env.CXX ?? 'g++', ['-std=c++20', '-shared', '-fPIC', '-o', join(folder, 'libnvidia-ml.so.1'), source]);
  return {
    environment: { LD_LIBRARY_PATH: folder },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
