import { readFileSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { coresOf } from './cgroup.ts';
import { coresOfThreads } from './physical-cores.ts';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, not mounted, or not ours to read: then it limits nothing that we know of
  }
}

/**
 * Whole cores that this process may keep busy: cgroup v1 and v2 quotas and affinity, at least 1. Cost: a few
 * reads of /proc and /sys.
 */
export function cpuLimit(): number {
  return coresOf({
    available: availableParallelism(),
    selfCgroup: readText('/proc/self/cgroup'),
    mountinfo: readText('/proc/self/mountinfo'),
    read: readText,
  });
}

/**
 * Physical cores that this process may keep busy: at most `cpuLimit`, fewer where cores have several threads.
 * Cost: a read of /sys for each CPU.
 */
export function physicalCores(): number {
  const cores = coresOfThreads({
    selfStatus: readText('/proc/self/status'),
    available: availableParallelism(),
    siblings: (cpu) => readText(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`),
  });
  return Math.min(cores, cpuLimit());
}

/**
 * The memory limit from a cgroup's (0, undefined or absurdly large where there is none) and the machine's.
 */
export function leastMemory(constrainedBytes: number | undefined, totalBytes: number): number {
  return constrainedBytes !== undefined && constrainedBytes > 0
    ? Math.min(constrainedBytes, totalBytes)
    : totalBytes;
}

/** Bytes of memory that this process and its children may use together. */
export function memoryLimitBytes(): number {
  return leastMemory(process.constrainedMemory(), totalmem());
}

/** What the defaults depend on. */
export interface Machine {
  readonly cpuLimit: number;
  readonly memoryLimitBytes: number;
  /**
   * The user's home folder, for when the environment names none; undefined for a user without an entry in
   * passwd.
   */
  readonly home: string | undefined;
}

/** The user's home folder, by HOME or passwd; undefined where neither names one. */
export function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined; // neither HOME nor a passwd entry, as in a container that is started as any user
  }
}

/** This machine, as far as defaults depend on it. */
export function readMachine(): Machine {
  return { cpuLimit: cpuLimit(), memoryLimitBytes: memoryLimitBytes(), home: homeFolder() };
}
