import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMAGE_ERROR_CODES, isEnvironmental, seededNumbers } from '@verger/core';
import { BAD_KINDS, ODD_KINDS } from './all.ts';
import { decodeHere, judgeBad, judgeCut, judgeOdd } from './judge.ts';
import { PHOTO_WAYS } from './photo.ts';

/** The faults of all kinds, one variant each: all of them are shown, not only the first. */
async function faultsOf<K extends { readonly name: string }>(
  kinds: readonly K[],
  judge: (kind: K, index: number) => Promise<string | undefined>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [index, kind] of kinds.entries()) {
    const fault = await judge(kind, index);
    if (fault !== undefined) faults.push(`${kind.name}: ${fault}`);
  }
  return faults;
}

test('every kind of bad input has its code', async () => {
  assert.ok(BAD_KINDS.length >= 60, `${BAD_KINDS.length} kinds`);
  const faults = await faultsOf(BAD_KINDS, (kind, index) => judgeBad(kind, seededNumbers(index), decodeHere));
  assert.deepEqual(faults, []);
});

test('every kind of odd but valid image has its pixels', async () => {
  assert.ok(ODD_KINDS.length >= 40, `${ODD_KINDS.length} kinds`);
  const faults = await faultsOf(ODD_KINDS, (kind, index) => judgeOdd(kind, seededNumbers(index), decodeHere));
  assert.deepEqual(faults, []);
});

test('an image that is cut anywhere is E_IMG_TRUNCATED, however it was written', async () => {
  const random = seededNumbers(4);
  const cuts = PHOTO_WAYS.flatMap((way) => [0, 0.3, 0.6, 0.9].map((from) => ({ name: way, from })));
  const faults = await faultsOf(cuts, ({ name, from }) =>
    judgeCut(name, { share: from + random() * 0.1, random }, decodeHere),
  );
  assert.deepEqual(faults, []);
});

test('the names of the kinds are their own, and every code that bytes can earn is among the expected', () => {
  const names = [...BAD_KINDS, ...ODD_KINDS].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const expected = new Set(BAD_KINDS.flatMap(({ expect }) => expect));
  // Of the others, four are about names and kinds of files, and one about the weights.
  const elsewhere = ['E_IMG_KEY', 'E_IMG_NAME', 'E_IMG_NOT_A_FILE', 'E_IMG_OUTSIDE_ROOT', 'E_IMG_FEATURES'];
  const ofBytes = IMAGE_ERROR_CODES.filter((code) => !isEnvironmental(code) && !elsewhere.includes(code));
  assert.deepEqual([...expected].sort(), [...ofBytes].sort());
});
