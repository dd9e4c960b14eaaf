import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlatform, judgePlatform, type PlatformFacts } from './platform.ts';

const good: PlatformFacts = {
  node: '20.19.0',
  os: 'linux',
  arch: 'x64',
  glibc: '2.36',
  cores: 8,
  cpuLimit: 2,
  memoryLimitBytes: 4 * 2 ** 30,
};

const refused = (facts: Partial<PlatformFacts>) =>
  judgePlatform({ ...good, ...facts })
    .filter(({ ok }) => !ok)
    .map(({ name, next }) => {
      assert.ok(next, `${name} says what to do`);
      return name;
    });

test('what is refused, and that it says what to do next', () => {
  const cases: [Partial<PlatformFacts>, string[]][] = [
    [{}, []],
    [{ node: '20.18.3' }, ['Node']],
    [{ node: '18.20.8' }, ['Node']],
    [{ node: '22.0.0' }, []],
    [{ node: '24.11.1' }, []],
    [{ arch: 'arm64' }, []],
    [{ arch: 'ia32' }, ['system']],
    [{ glibc: undefined }, ['C library']],
    [{ glibc: '2.17' }, ['C library']],
    [{ glibc: '2.28' }, []],
    [{ os: 'darwin', arch: 'arm64', glibc: undefined }, []],
    [{ os: 'darwin', arch: 'x64', glibc: undefined }, ['system']],
    [{ os: 'win32', glibc: undefined }, ['system']],
    [{ os: 'freebsd', glibc: undefined }, ['system']],
    [{ memoryLimitBytes: 2 ** 28 }, ['memory']],
    [
      { node: '16.0.0', arch: 'ia32', glibc: undefined, memoryLimitBytes: 1 },
      ['Node', 'system', 'C library', 'memory'],
    ],
  ];
  for (const [facts, names] of cases) assert.deepEqual(refused(facts), names, JSON.stringify(facts));
});

test('limits are shown beside what the machine has', () => {
  assert.equal(judgePlatform(good).find(({ name }) => name === 'cores')?.detail, '2 of 8 available');
});

test('this machine runs the tests, so it is fit', () => {
  assert.deepEqual(
    checkPlatform().filter(({ ok }) => !ok),
    [],
  );
});
