import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareNetwork } from '@verger/features';
import { createLogger } from '@verger/runtime';
import { drawings } from '@verger/testkit/images';
import { measureProcesses, suggest, type TuneResult, tuneCounts } from './tune.ts';

const MIB = 2 ** 20;
const result = (processes: number, imagesPerSecond: number, mib = 100): TuneResult => ({
  ...{ processes, imagesPerSecond, startMs: 1, coresUsed: processes },
  childBytes: Array.from({ length: processes }, () => mib * MIB),
});

test('every number of processes is tried on a small machine, six on a large one', () => {
  assert.deepEqual(tuneCounts(1), [1, 2]);
  assert.deepEqual(tuneCounts(4), [1, 2, 3, 4, 5]);
  assert.deepEqual(tuneCounts(64), [1, 16, 32, 48, 64, 65]);
  for (let cores = 1; cores < 200; cores += 1) {
    const counts = tuneCounts(cores);
    assert.ok(counts.length <= 6 && counts.includes(cores) && counts.at(-1) === cores + 1, String(cores));
  }
});

test('the fewest processes that are nearly the best are suggested, with twice their memory', () => {
  const plenty = 64 * 1024 * MIB;
  assert.equal(suggest([result(1, 70), result(2, 139), result(3, 141)], plenty).processes, 2);
  assert.equal(suggest([result(1, 70), result(2, 120), result(3, 141)], plenty).processes, 3);
  assert.equal(suggest([result(1, 1, 100)], plenty).childMemoryMib, 512);
  assert.equal(suggest([result(1, 1, 400)], plenty).childMemoryMib, 832);
  assert.equal(suggest([result(2, 1, 400)], 1024 * MIB).childMemoryMib, 384);
});

test('real children are measured, and none is left', async () => {
  const images = await drawings(8);
  const network = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const logger = createLogger({ level: 'silent', json: false });
  const options = { init: network, processes: 1, childMemoryBytes: 1024 * MIB, imageCpuSeconds: 60, logger };
  const { signal } = new AbortController();
  const measured = await measureProcesses(options, { images, seconds: 0.2, signal });
  assert.ok(measured.imagesPerSecond > 0);
  assert.ok(measured.coresUsed > 0);
  assert.ok((measured.childBytes[0] ?? 0) > 30 * MIB);
});
