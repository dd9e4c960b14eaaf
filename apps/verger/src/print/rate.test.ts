import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rate } from './rate.ts';

test('the rate is that of what was seen, from the first moment on', () => {
  const rate = new Rate(1000, 40);
  assert.equal(rate.perSecond(), 0);
  for (let at = 10; at <= 2000; at += 10) rate.seen(1000 + at, 40 + at / 10);
  assert.equal(rate.perSecond(), 100);
});

test('a wait between attempts, and a jump of what was there already, are forgotten after 15 seconds', () => {
  const rate = new Rate(0, 0);
  rate.seen(10, 5000);
  for (let at = 31_000; at <= 50_000; at += 50) rate.seen(at, 5000 + (at - 31_000) / 10);
  assert.ok(Math.abs(rate.perSecond() - 100) < 1, String(rate.perSecond()));
});

test('what was there already makes no speed', () => {
  const rate = new Rate(0, 40);
  rate.found(5000);
  rate.seen(1000, 5140);
  assert.equal(rate.perSecond(), 100);
});

test('while nothing is done the rate falls', () => {
  const rate = new Rate(0, 0);
  rate.seen(1000, 100);
  rate.seen(2000, 100);
  assert.equal(rate.perSecond(), 50);
});

test('it remembers few looks, however often it is told', () => {
  const rate = new Rate(0, 0);
  for (let at = 1; at <= 100_000; at += 1) rate.seen(at, at);
  assert.ok(Reflect.get(rate, 'looks').length < 320);
  assert.ok(Math.abs(rate.perSecond() - 1000) < 1);
});

test('a partition that comes every half minute gives a steady rate, and silence lets it fall', () => {
  const rate = new Rate(0, 0);
  for (let at = 1; at <= 10; at += 1) rate.seen(at * 30_000, at * 300);
  assert.equal(rate.perSecond(), 10);
  assert.equal(rate.perSecond(310_000), 10, 'not yet');
  assert.ok(rate.perSecond(600_000) < 6);
});
