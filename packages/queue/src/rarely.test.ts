import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { rarely } from './rarely.ts';

test('a line of a kind is said at once and then once a minute, with how often it came', () => {
  const logger = keepingLogger();
  let nowMs = 0;
  const say = rarely(logger, { monotonicMs: () => nowMs });
  for (nowMs = 0; nowMs < 180_000; nowMs += 100) say('full', { level: 'warn', message: 'It is full.' });
  say('lost', { level: 'info', message: 'It is lost.' });
  assert.deepEqual(
    logger.lines.map(({ level, message, fields }) => [level, message, fields]),
    [
      ['warn', 'It is full.', {}],
      ['warn', '600 times more: It is full.', { again: 600 }],
      ['warn', '600 times more: It is full.', { again: 600 }],
      ['info', 'It is lost.', {}],
    ],
  );
});

test('words that are new each time are no way around it', () => {
  const logger = keepingLogger();
  const say = rarely(logger, { monotonicMs: () => 0 });
  for (let index = 0; index < 1000; index += 1) say(`${index}`, { level: 'warn', message: `${index}` });
  assert.equal(logger.lines.length, 9);
});

test('kinds are told apart also after weeks in which others came and went', () => {
  const logger = keepingLogger();
  let nowMs = 0;
  const say = rarely(logger, { monotonicMs: () => nowMs });
  for (let kind = 0; kind < 20; kind += 1, nowMs += 86_400_000)
    for (let times = 0; times < 2; times += 1) say(`${kind}`, { level: 'warn', message: `kind ${kind}` });
  assert.deepEqual(
    logger.lines.map(({ message }) => message),
    Array.from({ length: 20 }, (_, kind) => `kind ${kind}`),
  );
});
