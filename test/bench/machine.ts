import { cpus, loadavg, totalmem } from 'node:os';
import { engineVersions } from '@verger/features';
import { cpuLimit } from '@verger/runtime';

/** Load average above which numbers mean little: something else works on this machine. */
const QUIET_LOAD = 0.7;

/** The machine as a bench names it: processor, cores, memory, Node, onnxruntime. */
export function machineText(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${model}, ${cpuLimit()} cores, ${memory}; Node ${process.version}, onnxruntime ${engineVersions().onnxruntime}`;
}

/** A warning when the machine is not quiet; empty when it is. */
export function loadWarning(): string {
  const [load = 0] = loadavg();
  return load > QUIET_LOAD
    ? `WARNING: the load was ${load.toFixed(1)} before the first round: these numbers are not to be quoted.\n\n`
    : '';
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}
