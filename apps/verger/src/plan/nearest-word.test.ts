import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestWord } from './nearest-word.ts';

const FRUITS = ['Apple Braeburn', 'Pear', 'Peach', 'Tomato 1', 'Tomato 12'];

test('the word with the fewest letters to change, whatever its case', () => {
  assert.equal(nearestWord('pear', FRUITS), 'Pear');
  assert.equal(nearestWord('Paer', FRUITS), 'Pear');
  assert.equal(nearestWord('Tomato', FRUITS), 'Tomato 1');
  assert.equal(nearestWord('Apple Breaburn', FRUITS), 'Apple Braeburn');
});

test('none where another word was meant', () => {
  for (const word of ['Banana', 'xyz', 'q', '']) assert.equal(nearestWord(word, FRUITS), undefined, word);
  assert.equal(nearestWord('Pear', []), undefined);
});
