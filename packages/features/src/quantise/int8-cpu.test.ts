import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int8Instructions } from './int8-cpu.ts';

const cpu = (key: string, flags: string) =>
  `processor\t: 0\n${key}\t\t: ${flags}\nmodel name\t: avx512_vnni\n`;
const x64 = (...flags: string[]) =>
  int8Instructions({
    os: 'linux',
    arch: 'x64',
    cpuinfo: flags.map((list) => cpu('flags', list)).join('\n'),
  });
const arm64 = (flags: string) =>
  int8Instructions({ os: 'linux', arch: 'arm64', cpuinfo: cpu('Features', flags) });

test('VNNI of either kind is found among the flags of an x64 CPU, and named', () => {
  assert.deepEqual(x64('fpu avx512f avx512_vnni rdpid'), { found: true, text: 'VNNI (avx512_vnni)' });
  assert.deepEqual(x64('fpu avx2 avx_vnni'), { found: true, text: 'VNNI (avx_vnni)' });
  const without = { found: false, text: 'no VNNI (avx512_vnni or avx_vnni)' };
  assert.deepEqual(x64('fpu avx2 avx512f avx512bw avx512_vnni_of_another'), without);
  assert.deepEqual(x64(), without);
  assert.deepEqual(x64('avx2 avx_vnni', 'avx2'), without, 'cores of two kinds');
});

test('dot products of an Arm CPU are found among its features', () => {
  assert.deepEqual(arm64('fp asimd asimddp sha512'), { found: true, text: 'dot products (asimddp)' });
  assert.deepEqual(arm64('fp asimd crc32'), { found: false, text: 'no dot products (asimddp)' });
});

test('Apple silicon has dot products; elsewhere a missing /proc/cpuinfo leaves it open', () => {
  assert.equal(int8Instructions({ os: 'darwin', arch: 'arm64', cpuinfo: undefined }).found, true);
  const unknown = int8Instructions({ os: 'linux', arch: 'x64', cpuinfo: undefined });
  assert.deepEqual(unknown, { found: false, text: 'instructions not known: no /proc/cpuinfo' });
});
