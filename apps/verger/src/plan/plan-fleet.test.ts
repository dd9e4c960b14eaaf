import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Manifest } from '@verger/core';
import { temporaryFolder } from '@verger/testkit/cli';
import { fleetLines } from '../print/fleet-text.ts';
import { type FleetRequest, planFleet } from './plan-fleet.ts';
import { readPrices } from './read-prices.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const prices = await readPrices(undefined);

function fleet(images: number, more: Partial<FleetRequest> = {}) {
  const partitions = new Array(Math.ceil(images / 1000)).fill({ images: 1000, bytes: 1, sha256: '' });
  const manifest = { runId: 'fruits', listing: { images, bytes: images }, partitions } as unknown as Manifest;
  const request = { instance: 'c7a.xlarge', deadlineMs: null, nowMs: NOW, prices, measured: null };
  return planFleet(manifest, { ...request, ...more });
}

const MINUTE = 60_000;

test('a nearer deadline takes more workers, and the run is planned to be done by then', () => {
  const [hour, half] = [60, 30].map((minutes) => fleet(1_000_000, { deadlineMs: NOW + minutes * MINUTE }));
  assert.ok(hour !== undefined && half !== undefined && half.cost.workers > hour.cost.workers);
  for (const [plan, minutes] of [
    [hour, 60],
    [half, 30],
  ] as const) {
    assert.ok(plan.inTime && plan.cost.seconds.total <= minutes * 60, `${plan.cost.seconds.total} s`);
  }
});

test('a deadline before the first worker has started cannot be kept, and the text says so', () => {
  const plan = fleet(1_000_000, { deadlineMs: NOW + MINUTE });
  assert.equal(plan.inTime, false);
  assert.match(fleetLines(plan).join('\n'), /WARNING +1,000,000 images .* 12:01 UTC/);
});

test('images that take long to decode take more time on the same workers', () => {
  const sample = { images: 64, extracted: 64, extractMs: 5, sealMs: 0.1, featuresBytes: 1, sumsBytes: 1 };
  const small = fleet(100_000, { measured: { ...sample, decodeMs: 0.43, inferenceMs: 6.77 } });
  const large = fleet(100_000, { measured: { ...sample, decodeMs: 6.77, inferenceMs: 6.77 } });
  assert.equal(small.slowdown, 1);
  assert.ok(large.slowdown > 1.8 && large.slowdown < 2);
  assert.ok(large.cost.usd.totalOnDemand > small.cost.usd.totalOnDemand);
  assert.match(fleetLines(large).join('\n'), /1\.9 times as long/);
});

test('the text has workers, time, cost, EMR and the idle bill, in lines of a terminal', () => {
  const text = fleetLines(fleet(22_688, { deadlineMs: NOW + 30 * MINUTE })).join('\n');
  for (const pattern of [/\d+ × c7a\.xlarge/, /about \d+ min/, /on spot, \$/, /3 × m5\.xlarge/, /a month/]) {
    assert.match(text, pattern);
  }
});

test('an instance type without a price, and a table that cannot be read, are refused', async (t) => {
  assert.throws(() => fleet(1, { maxVcpus: 2 }), { code: 'E_USAGE', message: /has 4 vCPUs/ });
  assert.throws(() => fleet(1, { instance: 'x9.large' }), { code: 'E_USAGE', message: /c7a\.xlarge/ });
  const { folder, remove } = await temporaryFolder();
  t.after(remove);
  const file = join(folder, 'prices.json');
  await assert.rejects(readPrices(file), { code: 'E_CONFIG', message: /cannot be read/ });
  await writeFile(file, '{');
  await assert.rejects(readPrices(file), { code: 'E_CONFIG', message: /not JSON/ });
  await writeFile(file, '{}');
  await assert.rejects(readPrices(file), { code: 'E_CONFIG', message: /format/ });
});
