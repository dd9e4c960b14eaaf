/** What `coresOfThreads` decides from. */
export interface TopologyFacts {
  /** The text of `/proc/self/status`; undefined where there is none. */
  readonly selfStatus: string | undefined;
  /** Hardware threads that this process may use: all that is known without `selfStatus`. */
  readonly available: number;
  /** The text of `/sys/devices/system/cpu/cpuN/topology/thread_siblings_list`. */
  readonly siblings: (cpu: number) => string | undefined;
}

/** The CPUs of a list as the kernel writes it: `0-3,8,10-11` (cpuset(7), List Format). */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((part) => {
      const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
      if (first === undefined) return [];
      const count = Number(last ?? first) - Number(first) + 1;
      return Array.from({ length: Math.max(0, count) }, (_, at) => Number(first) + at);
    });
}

/**
 * Physical cores behind the hardware threads that this process may use: threads of one core count once, and a
 * thread whose core is not known counts as a core.
 */
export function coresOfThreads({ selfStatus, available, siblings }: TopologyFacts): number {
  const [, allowed] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(selfStatus ?? '') ?? [];
  const cpus = parseCpuList(allowed ?? '');
  if (cpus.length === 0) return available;
  return new Set(cpus.map((cpu) => Math.min(cpu, ...parseCpuList(siblings(cpu) ?? '')))).size;
}
