import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Colour, mixed, tinted } from './colour.ts';
import { seededRandom } from './random.ts';

const colour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value): Colour => `#${value.toString(16).padStart(6, '0')}`);

test('a colour in plain light is itself', () => {
  fc.assert(
    fc.property(colour, (own) => {
      assert.equal(tinted(own, { hue: 0, saturation: 1, lightness: 1 }), own);
    }),
  );
});

test('a third of the colour circle turns red to green to blue', () => {
  const third = { hue: 120, saturation: 1, lightness: 1 };
  assert.equal(tinted('#ff0000', third), '#00ff00');
  assert.equal(tinted('#00ff00', third), '#0000ff');
  assert.equal(tinted('#0000ff', { ...third, lightness: 0.5 }), '#800000');
});

test('a mixture runs from the first colour to the second', () => {
  assert.equal(mixed('#102030', '#f0e0d0', 0), '#102030');
  assert.equal(mixed('#102030', '#f0e0d0', 1), '#f0e0d0');
  assert.equal(mixed('#000000', '#ffffff', 0.5), '#808080');
});

test('the same words give the same numbers, other words others, all in range', () => {
  const take = (...words: (string | number)[]) => {
    const random = seededRandom(...words);
    return Array.from({ length: 1000 }, () => random.next());
  };
  assert.deepEqual(take(7, 'Pear'), take(7, 'Pear'));
  assert.notDeepEqual(take(7, 'Pear'), take(8, 'Pear'));
  assert.notDeepEqual(take(1, '2'), take(12, ''));
  const numbers = take(7, 'Pear');
  assert.ok(numbers.every((value) => value >= 0 && value < 1));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean}`);
});
