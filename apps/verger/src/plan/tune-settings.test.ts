import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int8Counts, type Measured, perCore, suggest, suggestInt8, tuneCounts } from './tune-settings.ts';

const MIB = 2 ** 20;
const result = (processes: number, imagesPerSecond: number, mib = 100): Measured => ({
  ...{ processes, imagesPerSecond, startMs: 1, coresUsed: processes },
  childBytes: Array.from({ length: processes }, () => mib * MIB),
});

/** A machine without hyper-threads. */
const plain = (cores: number) => ({ threads: cores, cores });

test('every number of processes is tried on a small machine, six on a large one', () => {
  assert.deepEqual(tuneCounts(plain(1)), [1, 2]);
  assert.deepEqual(tuneCounts(plain(4)), [1, 2, 3, 4, 5]);
  assert.deepEqual(tuneCounts(plain(64)), [1, 16, 32, 48, 64, 65]);
  for (let cores = 1; cores < 200; cores += 1) {
    const counts = tuneCounts(plain(cores));
    assert.ok(counts.length <= 6 && counts.includes(cores) && counts.at(-1) === cores + 1, String(cores));
  }
});

test('one process a core and one a thread are among those tried, with both precisions', () => {
  assert.deepEqual(tuneCounts({ threads: 64, cores: 32 }), [1, 16, 32, 48, 64, 65]);
  assert.deepEqual(tuneCounts({ threads: 32, cores: 9 }), [1, 9, 16, 24, 32, 33]);
  for (let threads = 1; threads < 200; threads += 1) {
    for (let cores = 1; cores <= threads; cores += 1) {
      for (const counts of [tuneCounts({ threads, cores }), int8Counts({ threads, cores }, 1)]) {
        assert.ok(counts.includes(cores) && counts.includes(threads) && counts.length <= 6, `${threads}`);
        assert.deepEqual(counts, [...new Set(counts)]);
      }
    }
  }
  assert.deepEqual(int8Counts({ threads: 8, cores: 4 }, 6), [6, 1, 4, 8], 'the best of float32 first');
});

test('the rate per core is over the physical cores that the processes can fill', () => {
  const machine = { threads: 8, cores: 4 };
  const rates = [1, 4, 8].map((processes) => perCore(result(processes, 240), 'int8', machine));
  assert.deepEqual(
    rates.map(({ imagesPerSecondPerCore }) => imagesPerSecondPerCore),
    [240, 60, 60],
  );
});

test('the fewest processes that are nearly the best are suggested, with twice their memory', () => {
  const plenty = 64 * 1024 * MIB;
  assert.equal(suggest([result(1, 70), result(2, 139), result(3, 141)], plenty).processes, 2);
  assert.equal(suggest([result(1, 70), result(2, 120), result(3, 141)], plenty).processes, 3);
  assert.equal(suggest([result(1, 1, 100)], plenty).childMemoryMib, 512);
  assert.equal(suggest([result(1, 1, 400)], plenty).childMemoryMib, 832);
  assert.equal(suggest([result(2, 1, 400)], 1024 * MIB).childMemoryMib, 384);
});

test('int8 is suggested only where it is faster, measured with the best number of processes of float32', () => {
  const plenty = 64 * 1024 * MIB;
  const float32 = [result(1, 70), result(2, 140)];
  const found = suggestInt8({ float32, int8: [result(2, 210), result(1, 100)] }, plenty);
  assert.deepEqual(found, { suggestion: { processes: 2, childMemoryMib: 512 }, timesFloat32: 1.5 });
  const reasonOf = (int8: Measured[]) => {
    const { suggestion, ...rest } = suggestInt8({ float32, int8 }, plenty);
    assert.equal(suggestion, null);
    return 'reason' in rest && rest.reason;
  };
  assert.equal(reasonOf([result(1, 150)]), '2 processes were not measured');
  assert.equal(reasonOf([]), '2 processes were not measured');
  assert.equal(reasonOf([result(1, 90), result(2, 126)]), '0.90 times the images/s of float32');
});
