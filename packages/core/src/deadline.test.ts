import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDeadlineSpan, readDeadline } from './deadline.ts';

const NOW = new Date(2026, 10, 30, 17, 0, 0).getTime();
const from = (text: string) => {
  const atMs = readDeadline(text, NOW);
  return atMs === undefined ? undefined : (atMs - NOW) / 60_000;
};

test('a span counts from now', () => {
  for (const [text, minutes] of [
    ['30m', 30],
    ['30min', 30],
    ['90 s', 1.5],
    ['1.5h', 90],
    ['2D', 2880],
  ] as const) {
    assert.equal(from(text), minutes, text);
  }
});

test('a time of day is the next one of this clock', () => {
  assert.equal(from('18:30'), 90);
  assert.equal(from('16:59'), 24 * 60 - 1);
  assert.equal(from('17:00'), 24 * 60, 'now is past');
  assert.equal(from('9:05'), 16 * 60 + 5);
});

test('an ISO time has its zone', () => {
  assert.equal(readDeadline('2027-01-01T00:00:00Z', NOW), Date.UTC(2027, 0, 1));
  assert.equal(readDeadline('2027-01-01T02:00+02:00', NOW), Date.UTC(2027, 0, 1));
  assert.equal(readDeadline('2027-01-01T02:00', NOW), undefined, 'without a zone it is not clear');
});

test('what is past, too far ahead or no time is refused', () => {
  for (const text of ['', '0m', '-5m', '30', 'm', '25:00', '12:60', '400d', '2020-01-01T00:00:00Z', 'soon']) {
    assert.equal(from(text), undefined, text);
  }
});

test('how far off a deadline is, before and after it', () => {
  const deadline = '2026-11-30T18:30:00.000Z';
  assert.equal(formatDeadlineSpan(deadline, Date.parse(deadline) - 300_000), 'in 5 min 00 s');
  assert.equal(formatDeadlineSpan(deadline, Date.parse(deadline) + 12_000), '12.0 s ago');
});
