import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageErrorCode } from '@verger/core';
import type { Seen } from './our-answer.ts';
import { openPillow, type PillowAnswer } from './pillow-answer.ts';
import { judge } from './rules.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const pixels = (sha256: string, more: Partial<Seen> = {}): Seen => ({
  answer: { sha256 },
  pixels: undefined,
  sharp: undefined,
  ...more,
});
const code = (name: ImageErrorCode, more: Partial<Seen> = {}): Seen => ({
  answer: { code: name },
  pixels: undefined,
  sharp: undefined,
  ...more,
});
const ask = (ours: Seen, pillow: PillowAnswer, bytes: Uint8Array = new Uint8Array(0)) =>
  judge({ bytes, ours, pillow, limits: {} });

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const SIGNATURE = '\x89PNG\r\n\x1a\n';

test('the same pixels are equal, and two refusals are the same decision', () => {
  assert.deepEqual(ask(pixels(A), { sha256: A, format: 'PNG' }), { kind: 'equal' });
  assert.deepEqual(ask(code('E_IMG_DECODE'), { refused: 'OSError' }), { kind: 'both refuse' });
});

test('a difference that no rule recognises has no rule, in each direction', () => {
  assert.deepEqual(ask(pixels(A), { sha256: B, format: 'PNG' }), { kind: 'other pixels', rule: undefined });
  assert.deepEqual(ask(pixels(A), { refused: 'OSError', format: 'GIF' }), {
    kind: 'opened',
    rule: undefined,
  });
  for (const name of ['E_IMG_DECODE', 'E_IMG_TRUNCATED', 'E_IMG_FORMAT_DENIED'] as const)
    assert.deepEqual(ask(code(name), { sha256: A, format: 'WEBP' }), { kind: 'refused', rule: undefined });
});

/** The rule that holds, or undefined; the kind of a verdict that needs none. */
const ruleOf = (...given: Parameters<typeof ask>) => {
  const verdict = ask(...given);
  return 'rule' in verdict ? verdict.rule : verdict.kind;
};

test('a child that fails gave no answer: it is neither equal nor a refusal', () => {
  const failed: Seen = { answer: { failed: 'memory' }, pixels: undefined, sharp: undefined };
  for (const pillow of [{ refused: 'OSError' }, { sha256: A }]) {
    assert.deepEqual(ask(failed, pillow), { kind: 'failed', why: 'memory' });
    for (const name of ['E_IMG_CRASH', 'E_IMG_MEMORY', 'E_IMG_TIMEOUT'] as const)
      assert.deepEqual(ask(code(name), pillow), { kind: 'failed', why: name });
  }
});

test('a rule asks for its reason, not only for the code', () => {
  const size = (width: number): PillowAnswer => ({ sha256: A, format: 'PNG', size: [width, 1000] });
  assert.match(ruleOf(code('E_IMG_TOO_MANY_PIXELS'), size(50_001)) ?? '', /more pixels/);
  assert.equal(ruleOf(code('E_IMG_TOO_MANY_PIXELS'), size(50_000)), undefined);
  assert.match(ruleOf(code('E_IMG_FORMAT_DENIED'), { sha256: A, format: 'BMP' }) ?? '', /another format/);
  const sound = latin1(`${SIGNATURE}\0\0\0\0IEND\xae\x42\x60\x82`);
  const wrong = latin1(`${SIGNATURE}\0\0\0\0IEND\xae\x42\x60\x83`);
  const png: PillowAnswer = { sha256: A, format: 'PNG' };
  assert.match(ruleOf(code('E_IMG_DECODE'), png, wrong) ?? '', /CRC/);
  assert.doesNotMatch(ruleOf(code('E_IMG_DECODE'), png, sound) ?? '', /CRC/);
  const grey: PillowAnswer = { sha256: A, high: B, format: 'PNG', mode: 'I;16' };
  assert.match(ruleOf(pixels(B), grey) ?? '', /16 bits/);
  assert.equal(ruleOf(pixels('c'), grey), undefined);
  const jpeg: PillowAnswer = { refused: 'OSError', format: 'JPEG' };
  assert.match(ruleOf(pixels(A, { sharp: { sha256: A, spotless: true } }), jpeg) ?? '', /behind/);
  assert.equal(ruleOf(pixels(A, { sharp: { sha256: A, spotless: false } }), jpeg), undefined);
});

test('without a Python that has Pillow there is nothing to compare with', async () => {
  assert.equal(await openPillow('/nowhere/python3'), undefined);
  assert.equal(await openPillow('false'), undefined);
});
