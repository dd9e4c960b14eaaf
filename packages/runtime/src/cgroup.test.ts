import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CpuFacts, coresOf } from './cgroup.ts';
import { cpuLimit, leastMemory, memoryLimitBytes } from './machine.ts';

const V2 = '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 =
  '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n' +
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n' +
  '34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n';
/** Docker on v1 mounts the container's own group; /proc/self/cgroup still shows the host's path. */
const V1_DOCKER = '700 690 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n';

interface Case {
  readonly name: string;
  readonly available?: number;
  readonly selfCgroup?: string;
  readonly mountinfo?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly cores: number;
}

const CASES: readonly Case[] = [
  { name: 'no cgroup at all', cores: 8 },
  {
    name: 'v2, no quota',
    selfCgroup: '0::/\n',
    mountinfo: V2,
    files: { '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    cores: 8,
  },
  {
    name: 'v2, a container',
    selfCgroup: '0::/\n',
    mountinfo: V2,
    files: { '/sys/fs/cgroup/cpu.max': '250000 100000\n' },
    cores: 2,
  },
  {
    name: 'v2, less than one core is one',
    selfCgroup: '0::/\n',
    mountinfo: V2,
    files: { '/sys/fs/cgroup/cpu.max': '50000 100000\n' },
    cores: 1,
  },
  {
    name: 'v2, a quota of a group above holds',
    selfCgroup: '0::/user.slice/a.scope\n',
    mountinfo: V2,
    files: {
      '/sys/fs/cgroup/user.slice/a.scope/cpu.max': '600000 100000',
      '/sys/fs/cgroup/user.slice/cpu.max': '300000 100000',
    },
    cores: 3,
  },
  {
    name: 'v2, the path leads out of the namespace',
    selfCgroup: '0::/../../x\n',
    mountinfo: V2,
    files: { '/sys/fs/cgroup/cpu.max': '200000 100000' },
    cores: 2,
  },
  {
    name: 'v1 on a host',
    selfCgroup: '4:cpu,cpuacct:/jobs/one\n3:cpuset:/\n1:name=systemd:/x\n0::/\n',
    mountinfo: V1,
    files: {
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us': '400000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us': '100000\n',
    },
    cores: 4,
  },
  {
    name: 'v1 in Docker',
    selfCgroup: '4:cpuacct,cpu:/docker/abc\n',
    mountinfo: V1_DOCKER,
    files: {
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '50000\n',
    },
    cores: 3,
  },
  {
    name: 'v1 without a quota',
    selfCgroup: '4:cpu:/\n',
    mountinfo: V1,
    files: {
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    },
    cores: 8,
  },
  {
    name: 'a mount point with a space',
    selfCgroup: '0::/\n',
    mountinfo: '31 23 0:28 / /my\\040cgroup rw - cgroup2 cgroup2 rw\n',
    files: { '/my cgroup/cpu.max': '100000 100000' },
    cores: 1,
  },
  {
    name: 'affinity is less than the quota',
    available: 2,
    selfCgroup: '0::/\n',
    mountinfo: V2,
    files: { '/sys/fs/cgroup/cpu.max': '600000 100000' },
    cores: 2,
  },
  {
    name: 'nonsense',
    selfCgroup: 'x\n0::\n::\n',
    mountinfo: 'a b - c\n- cgroup2\n\n31 23 0:28 / /c rw - cgroup2 x rw\n',
    files: { '/c/cpu.max': 'a few' },
    cores: 8,
  },
];

for (const { name, available = 8, selfCgroup, mountinfo, files = {}, cores } of CASES)
  test(`cores: ${name}`, () => {
    const facts: CpuFacts = { available, selfCgroup, mountinfo, read: (path) => files[path] };
    assert.equal(coresOf(facts), cores);
  });

test('memory: the least of the group’s limit and the machine’s, where there is a limit', () => {
  const cases = [
    [undefined, 8, 8],
    [0, 8, 8],
    [4, 8, 4],
    [2 ** 63, 8, 8],
  ] as const;
  for (const [constrained, total, least] of cases) assert.equal(leastMemory(constrained, total), least);
});

test('this machine has at least one core and some memory', () => {
  assert.ok(Number.isInteger(cpuLimit()) && cpuLimit() >= 1);
  assert.ok(memoryLimitBytes() > 2 ** 26 && memoryLimitBytes() < 2 ** 50);
});
