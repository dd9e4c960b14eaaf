import { cpus, totalmem } from 'node:os';
import { engineVersions } from '@verger/features';
import { cpuLimit } from '@verger/runtime';

/** Busy cores above which numbers mean little: something else works on this machine. */
const QUIET_CORES = 0.3;
const LOOK_MS = 1000;

/** The machine as a bench names it: processor, cores, memory, Node, onnxruntime. */
export function machineText(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${model}, ${cpuLimit()} cores, ${memory}; Node ${process.version}, onnxruntime ${engineVersions().onnxruntime}`;
}

/**
 * Cores that are busy, seen over a second in which this process only waits. The load average would still tell
 * of what has just ended.
 */
function busyCores(): number {
  const look = () => {
    const all = cpus().map(({ times }) => times);
    const idle = all.reduce((sum, times) => sum + times.idle, 0);
    return {
      idle,
      total: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle),
    };
  };
  const before = look();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  const after = look();
  const share = 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total);
  return share * cpus().length;
}

/** A warning when the machine is not quiet; empty when it is. Blocks for a second. */
export function loadWarning(): string {
  const busy = busyCores();
  return busy > QUIET_CORES
    ? `WARNING: ${busy.toFixed(1)} cores were busy before the first round: these numbers are not to be quoted.\n\n`
    : '';
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}
