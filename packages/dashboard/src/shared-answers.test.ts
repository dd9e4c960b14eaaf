import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedAnswers } from './shared-answers.ts';

function counted() {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const answers = new SharedAnswers<number>({ clock, most: 100 });
  const made: string[] = [];
  const get = (key: string) =>
    answers.get(key, async () => {
      made.push(key);
      if (key === 'bad') throw new Error('bad');
      return made.length;
    });
  return { clock, made, get };
}

test('viewers within two seconds share one answer, also while it is being made', async () => {
  const { clock, made, get } = counted();
  assert.deepEqual(await Promise.all([get('a'), get('a'), get('b')]), [1, 1, 2]);
  clock.nowMs = 1_999;
  assert.equal(await get('a'), 1);
  clock.nowMs = 2_000;
  assert.equal(await get('a'), 3);
  assert.deepEqual(made, ['a', 'b', 'a']);
});

test('a failure is not kept', async () => {
  const { made, get } = counted();
  await assert.rejects(get('bad'));
  await assert.rejects(get('bad'));
  assert.equal(made.length, 2);
});

test('at most 100 answers are kept', async () => {
  const { made, get } = counted();
  for (let key = 0; key < 101; key += 1) await get(String(key));
  await get('100');
  assert.equal(made.length, 101);
  await get('0');
  assert.equal(made.length, 102);
});

test('what may not be shared serves those who wait for it, and nobody after them', async () => {
  let made = 0;
  const clock = { monotonicMs: () => 0 };
  const answers = new SharedAnswers<number>({ clock, most: 100, isShared: (answer) => answer > 1 });
  const get = () => answers.get('a', async () => (made += 1));
  assert.deepEqual(await Promise.all([get(), get()]), [1, 1]);
  assert.equal(await get(), 2);
  assert.equal(await get(), 2);
  answers.clear();
  assert.equal(await get(), 3);
});
