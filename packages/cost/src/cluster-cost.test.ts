import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { clusterCost, requestsOf } from './cluster-cost.ts';
import { instancePrice, parsePrices } from './prices.ts';
import { workerTimeCost } from './worker-cost.ts';

const FILE = new URL('../../../infra/aws/prices.json', import.meta.url);
const prices = parsePrices(JSON.parse(await readFile(FILE, 'utf8')), 'prices.json');
const instance = instancePrice(prices, 'c7a.xlarge') ?? assert.fail('it is in the table');
const JOB = { images: 22_688, partitions: 178, bytes: 1e8, instance, vcpus: 10, slowdown: 1, endSeconds: 8 };
const near = (value: number | undefined, expected: number) =>
  assert.ok(Math.abs((value ?? Number.NaN) - expected) <= 1e-9 * expected, `${value} is not ${expected}`);

test('vCPUs come in whole instances, and time in their order', () => {
  const { workers, vcpus, imagesPerSecond, seconds } = clusterCost(JOB, prices);
  assert.deepEqual([workers, vcpus, imagesPerSecond], [3, 12, 12 * 95]);
  near(seconds.extract, 22_688 / (12 * 95));
  near(seconds.total, seconds.boot + seconds.extract + seconds.end);
  near(clusterCost({ ...JOB, slowdown: 2 }, prices).seconds.extract, 2 * seconds.extract);
});

test('the amounts are hours, gibibyte months and thousands of requests times their prices', () => {
  const { usd, seconds, requests } = clusterCost(JOB, prices);
  const hours = (3 * (seconds.total + 120)) / 3600;
  near(usd.workersOnDemand, hours * 0.22);
  near(usd.workersSpot?.[0], hours * 0.112);
  near(usd.workersOther, hours * ((20 * 0.088) / 730 + 0.005));
  near(usd.controlBox, (seconds.total / 3600) * (0.0408 + 0.005));
  near(usd.requests, (requests.get * 0.0004 + (requests.put + requests.list) * 0.005) / 1000);
  const others = usd.workersOther + usd.controlBox + usd.requests;
  near(usd.totalOnDemand, usd.workersOnDemand + others);
  near(usd.totalSpot?.[1], (usd.workersSpot?.[1] ?? 0) + others);
  near(usd.per1000OnDemand, usd.totalOnDemand / 22.688);
});

test('a million GETs cost more than the spot CPU that reads them', () => {
  const job = { ...JOB, images: 1_000_000, partitions: 1000 };
  const { usd, requests } = clusterCost(job, prices);
  assert.equal(requests.get, 1_000_000 + 2400 + 10_000 + 20);
  assert.ok((requests.get * 0.0004) / 1000 > (usd.workersSpot?.[0] ?? Number.NaN));
});

test('what a watched run lists grows with its time and its names', () => {
  assert.equal(requestsOf({ images: 1, partitions: 1 }, 100).list, 1 + 300);
  assert.equal(requestsOf({ images: 1, partitions: 2001 }, 100).list, 1 + 900);
});

test('EMR pays three instances and its fee from the start of the cluster', () => {
  const { emr } = clusterCost(JOB, prices);
  near(emr.seconds, 750 + 22_688 / (8 * 20));
  near(emr.usd, (3 * (0.214 + 0.048) * emr.seconds) / 3600);
});

test('without a spot price there is no spot total, and the rest is whole', () => {
  const m5 = instancePrice(prices, 'm5.xlarge') ?? assert.fail('it is in the table');
  const { usd } = clusterCost({ ...JOB, instance: m5 }, prices);
  assert.deepEqual([usd.workersSpot, usd.totalSpot, usd.per1000Spot], [null, null, null]);
  assert.ok(usd.totalOnDemand > 0);
});

test('the time of workers costs what their type does; a CPU name has no price', () => {
  const [c7a, cpu] = workerTimeCost(
    [
      { type: 'c7a.2xlarge', seconds: 1800 },
      { type: 'AMD EPYC', seconds: 1800 },
    ],
    prices,
  );
  near(c7a?.usdOnDemand ?? undefined, 0.22);
  near(c7a?.usdSpot?.[0], 0.112);
  assert.deepEqual([cpu?.usdOnDemand, cpu?.usdSpot], [null, null]);
});
