/** One control group directory whose CPU quota holds for this process. */
export interface CpuGroup {
  readonly version: 1 | 2;
  readonly folder: string;
}

interface Mount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly point: string;
}

/** The kernel writes space, tab, newline and backslash of a path as octal. */
const unescapePath = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Where the cpu controller is mounted, by version, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
function cpuMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line): Mount[] => {
    const [before, after] = line.split(' - ');
    const [, , , root, point] = (before ?? '').split(' ');
    const [type, , superOptions] = (after ?? '').split(' ');
    if (root === undefined || point === undefined) return [];
    const place = { root: unescapePath(root), point: unescapePath(point) };
    if (type === 'cgroup2') return [{ version: 2, ...place }];
    if (type === 'cgroup' && superOptions?.split(',').includes('cpu') === true)
      return [{ version: 1, ...place }];
    return [];
  });
}

/** This process' group of the cpu controller, by version, from `/proc/self/cgroup` (cgroups(7)). */
function cpuPaths(selfCgroup: string): Map<1 | 2, string> {
  const paths = new Map<1 | 2, string>();
  for (const line of selfCgroup.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (id === '0' && controllers === '') paths.set(2, path);
    else if (controllers?.split(',').includes('cpu') === true) paths.set(1, path);
  }
  return paths;
}

/**
 * The process' own group and the groups above it, as far as they are mounted: a quota on any of them holds.
 */
export function cpuGroups(selfCgroup: string, mountinfo: string): CpuGroup[] {
  const paths = cpuPaths(selfCgroup);
  return cpuMounts(mountinfo).flatMap(({ version, root, point }): CpuGroup[] => {
    const path = paths.get(version);
    if (path === undefined) return [];
    const below =
      root === '/' ? path : path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '';
    // In a container the path may be the host's, which is not mounted here: then the mount point itself is
    // our group.
    const names = below.split('/').filter((name) => name !== '');
    const known = names.includes('..') ? [] : names;
    return Array.from({ length: known.length + 1 }, (_, above) => ({
      version,
      folder: [point, ...known.slice(0, known.length - above)].join('/'),
    }));
  });
}

/**
 * Cores that one group allows, as a fraction; undefined for no quota. v2: `cpu.max`; v1: `cpu.cfs_quota_us`
 * and `cpu.cfs_period_us`.
 */
export function groupCores(group: CpuGroup, read: (path: string) => string | undefined): number | undefined {
  const [quota, period] =
    group.version === 2
      ? (read(`${group.folder}/cpu.max`) ?? '').trim().split(' ')
      : [read(`${group.folder}/cpu.cfs_quota_us`), read(`${group.folder}/cpu.cfs_period_us`)];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

/** What `cpuLimit` decides from: all that it reads of the machine. */
export interface CpuFacts {
  /** Cores that the scheduler may use for us: affinity included. */
  readonly available: number;
  readonly selfCgroup: string | undefined;
  readonly mountinfo: string | undefined;
  readonly read: (path: string) => string | undefined;
}

/**
 * Whole cores that this process may keep busy: the least of the available ones and of all quotas, rounded
 * down, at least 1.
 */
export function coresOf(facts: CpuFacts): number {
  const groups = cpuGroups(facts.selfCgroup ?? '', facts.mountinfo ?? '');
  const quotas = groups.flatMap((group) => groupCores(group, facts.read) ?? []);
  return Math.max(1, Math.floor(Math.min(facts.available, ...quotas)));
}
