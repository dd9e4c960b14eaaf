import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { FINGERPRINT } from '@verger/testkit/rows';
import { goodImages, SILENT, testRun } from '@verger/testkit/run-harness';
import { MachineFaults } from '../service/machine-faults.ts';
import { refuseInt8 } from './int8-cpu.ts';

test('a CPU that cannot do int8 keeps its jobs for others, at once, and ends after ten minutes of nothing else', async (t) => {
  const int8 = { precision: 'int8', calibrationSha256: 'a'.repeat(64) } as const;
  const run = await testRun(t, goodImages(2), { fingerprint: { ...FINGERPRINT, ...int8 } });
  const other = await testRun(t, goodImages(2));
  let nowMs = 0;
  const given: string[] = [];
  const own = new MachineFaults({
    clock: { monotonicMs: () => nowMs, now: () => '2026-01-01T00:00:00Z' },
    ...{ logger: SILENT, rest: () => {}, others: async () => false },
    giveUp: ({ code }) => given.push(code),
  });
  const guarded = refuseInt8({ logger: SILENT }, own);
  let tries = 0;
  const work = async (): Promise<never> => {
    tries += 1;
    throw new VergerError('E_INT8_CPU');
  };
  for (let job = 0; job < 20; job += 1) {
    const outcome = await guarded(run, work);
    assert.match('again' in outcome ? outcome.reason : '', /^E_INT8_CPU: /, 'never failed, however often');
  }
  assert.equal(tries, 1, 'children are not started for what they cannot do');
  assert.equal(own.troubleRun, run.folder);
  assert.deepEqual(await guarded(other, async () => ({ done: true })), { done: true });
  await assert.rejects(
    guarded(other, async () => {
      throw new VergerError('E_WEIGHTS_PROBE');
    }),
    { code: 'E_WEIGHTS_PROBE' },
  );
  assert.deepEqual(given, []);
  for (nowMs = 60_000; nowMs <= 11 * 60_000; nowMs += 60_000) await guarded(run, work);
  assert.deepEqual(given, ['E_INT8_CPU']);
});

test('an engine that has no int8 keeps its jobs for others, too', async (t) => {
  const int8 = { precision: 'int8', calibrationSha256: 'a'.repeat(64) } as const;
  const run = await testRun(t, goodImages(2), { fingerprint: { ...FINGERPRINT, ...int8 } });
  const met: string[] = [];
  const guarded = refuseInt8({ logger: SILENT }, { blocked: ({ code }) => met.push(code) });
  const outcome = await guarded(run, async () => {
    throw new VergerError('E_ENGINE_PRECISION');
  });
  assert.match('again' in outcome ? outcome.reason : '', /^E_ENGINE_PRECISION: /);
  assert.deepEqual(met, ['E_ENGINE_PRECISION']);
});
