import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { instancePrice, parsePrices } from './prices.ts';

const FILE = new URL('../../../infra/aws/prices.json', import.meta.url);
const shipped = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, unknown>;

test('the table that is shipped is one, and has a date, a region and a source', () => {
  const { date, region, source, instances } = parsePrices(shipped, 'prices.json');
  assert.match(date, /^20\d\d-\d\d/);
  assert.equal(region, 'eu-west-1');
  assert.ok(source.length > 20);
  for (const [type, { vcpus, onDemand, spot }] of Object.entries(instances)) {
    assert.ok(onDemand > 0.01 * vcpus && onDemand < 0.2 * vcpus, type);
    if (spot !== null) assert.ok(spot[0] <= spot[1] && spot[1] < onDemand, type);
  }
});

test('a size that is not in the table is scaled from its family', () => {
  const prices = parsePrices(shipped, 'prices.json');
  const double = instancePrice(prices, 'c7a.2xlarge');
  assert.deepEqual([double?.vcpus, double?.onDemand, double?.spot], [8, 0.44, [0.224, 0.26]]);
  assert.equal(instancePrice(prices, 'c7a.large')?.onDemand, 0.11);
  assert.equal(instancePrice(prices, 'm5.2xlarge')?.spot, null);
  for (const type of ['c9z.xlarge', 'c7a.metal', 'c7a', 'AMD EPYC 9R14']) {
    assert.equal(instancePrice(prices, type), undefined, type);
  }
});

test('a damaged table is refused with the place of each fault', () => {
  const { region: _, ...without } = shipped;
  for (const [table, pattern] of [
    [without, /region/],
    [{ ...shipped, currency: 'EUR' }, /currency/],
    [{ ...shipped, instances: { 'c7a.xlarge': { vcpus: 0 } } }, /instances\.c7a\.xlarge\.vcpus.*onDemand/],
    [null, /the file/],
  ] as const) {
    assert.throws(() => parsePrices(table, 'prices.json'), { code: 'E_CONFIG', message: pattern });
  }
});
