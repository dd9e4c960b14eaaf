import assert from 'node:assert/strict';
import { test } from 'node:test';
import { physicalCores } from './machine.ts';
import { coresOfThreads, parseCpuList } from './physical-cores.ts';

const status = (allowed: string) =>
  `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed_list:\t0\n`;

/** A machine whose thread n belongs to core n modulo `cores`, as most number them. */
const machine = (cores: number, threads: number) => (cpu: number) =>
  cpu < threads
    ? `${Array.from({ length: threads / cores }, (_, at) => (cpu % cores) + at * cores).join(',')}\n`
    : undefined;

test('CPU lists of the kernel are read', () => {
  assert.deepEqual(parseCpuList('0-3,8,10-11\n'), [0, 1, 2, 3, 8, 10, 11]);
  assert.deepEqual(parseCpuList('5'), [5]);
  assert.deepEqual(parseCpuList('\n'), []);
});

test('threads of one core count once, those that are not allowed not at all', () => {
  const cases: [allowed: string, siblings: (cpu: number) => string | undefined, cores: number][] = [
    ['0-7', machine(4, 8), 4],
    ['0-7', machine(8, 8), 8],
    ['0-3', machine(4, 8), 4],
    ['0,4', machine(4, 8), 1],
    ['1-2,5', machine(4, 8), 2],
    // Four threads a core, as POWER has them, and neighbours as siblings, as some machines number them.
    ['0-31', machine(8, 32), 8],
    ['0-3', (cpu) => (cpu < 2 ? '0-1\n' : '2-3\n'), 2],
    // A container without /sys.
    ['0-3', () => undefined, 4],
  ];
  for (const [allowed, siblings, cores] of cases) {
    const facts = { selfStatus: status(allowed), available: 99, siblings };
    assert.equal(coresOfThreads(facts), cores, allowed);
  }
});

test('without /proc each available thread is taken for a core', () => {
  assert.equal(coresOfThreads({ selfStatus: undefined, available: 10, siblings: () => undefined }), 10);
});

test('this machine has at least one core', () => {
  assert.ok(physicalCores() >= 1);
});
