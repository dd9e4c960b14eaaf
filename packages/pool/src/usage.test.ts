import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuMsOfPsTime, cpuMsOfStat, memoryOfStatus, readUsage, usageOfPs } from './usage.ts';

test('CPU time of a stat line is user and system time, whatever the program is called', () => {
  const rest = 'R 5992 5992 3030 0 -1 4194304 102 0 0 0 250 31 0 0 20 0 1 0 129129 2998272 383';
  for (const name of ['node', 'a b', 'a) R 1 1', '((', ''])
    assert.equal(cpuMsOfStat(`6004 (${name}) ${rest}`), 2810);
  for (const text of ['', 'nonsense', '6004 (node) R 1']) assert.equal(cpuMsOfStat(text), undefined);
});

test('memory of a status file, with and without a peak, and of a process that has ended', () => {
  const status = 'Name:\tnode\nVmHWM:\t    2136 kB\nVmRSS:\t    1024 kB\nThreads:\t1\n';
  assert.deepEqual(memoryOfStatus(status), { rssBytes: 2 ** 20, peakBytes: 2136 * 1024 });
  assert.deepEqual(memoryOfStatus('VmRSS:\t8 kB\n'), { rssBytes: 8192, peakBytes: 8192 });
  assert.deepEqual(memoryOfStatus('Name:\tnode\nState:\tZ (zombie)\n'), { rssBytes: 0, peakBytes: 0 });
});

test('the TIME column of ps in its forms', () => {
  const forms = [
    ['0:01.25', 1250],
    ['0:00', 0],
    ['12:34.56', 754_560],
    ['01:02:03', 3_723_000],
    ['1-02:03:04', 93_784_000],
    ['100:00.00', 6_000_000],
    ['', undefined],
    ['TIME', undefined],
  ] as const;
  for (const [time, ms] of forms) assert.equal(cpuMsOfPsTime(time), ms, time);
});

test('the output of ps by pid; what is not understood is left out', () => {
  const usage = usageOfPs('  501   0:01.25  2048\n12345 01:00:00 1\n  7 - -\n\n');
  assert.deepEqual(
    [...usage],
    [
      [501, { cpuMs: 1250, rssBytes: 2 ** 21, peakBytes: 2 ** 21 }],
      [12345, { cpuMs: 3_600_000, rssBytes: 1024, peakBytes: 1024 }],
    ],
  );
});

/** No process has this pid: it is above the kernel's largest. */
const NOBODY = 2 ** 22 + 1;

for (const platform of new Set([process.platform, 'darwin' as const]))
  test(`usage of this process, and none of a process that is not there (as on ${platform})`, async () => {
    const own = process.cpuUsage();
    const usages = await readUsage([process.pid, NOBODY], platform);
    assert.deepEqual([...usages.keys()], [process.pid]);
    const usage = usages.get(process.pid)!;
    // `ps` on Linux counts whole seconds, /proc hundredths.
    assert.ok(usage.cpuMs >= (own.user + own.system) / 1000 - 1020, `${usage.cpuMs} ms`);
    assert.ok(usage.rssBytes > 2 ** 24 && usage.rssBytes <= usage.peakBytes, `${usage.rssBytes} bytes`);
    assert.equal((await readUsage([], platform)).size, 0);
  });
