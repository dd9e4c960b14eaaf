import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '@verger/core';
import { readPrices } from '../plan/read-prices.ts';
import { money } from './fleet-text.ts';
import { workersText } from './worker-text.ts';

const prices = await readPrices(undefined);
const textOf = (workers: Report['workers'], table = prices) => workersText({ workers } as Report, table);

test('each type of machine has its time, its rate and its cost', () => {
  const text = textOf([
    { type: 'c7a.xlarge', workers: 3, images: 360_000, seconds: 3600 },
    { type: 'Intel Xeon', workers: 1, images: 50, seconds: 1 },
  ]);
  assert.match(text, /c7a\.xlarge +3 +360,000 +1 h 00 min +100\.0 +\$0\.22 +\$0\.11–0\.13/);
  assert.match(text, /Intel Xeon +1 +50 +1\.0 s +50\.0 +– +–/);
  assert.match(text, /prices of eu-west-1, 20\d\d-\d\d; without starting, draining and idle time/);
});

test('where nothing has a price there are no amounts, and of a local run there is no table', () => {
  const text = textOf([{ type: 'AMD EPYC', workers: 2, images: 100, seconds: 1 }]);
  assert.ok(text.includes('AMD EPYC') && !text.includes('$') && !text.includes('prices'));
  assert.equal(textOf([{ type: 'this machine', workers: 1, images: 100, seconds: 1 }]), '');
  assert.equal(textOf(undefined), '');
});

test('amounts have cents, and small ones two digits', () => {
  const texts = [0, 0.00001234, 0.0031, 0.046, 0.1, 0.226, 1, 12.345].map(money);
  assert.deepEqual(texts, ['$0', '$0.000012', '$0.0031', '$0.046', '$0.10', '$0.23', '$1.00', '$12.35']);
});
