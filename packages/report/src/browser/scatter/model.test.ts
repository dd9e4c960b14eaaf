import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE_INDEX } from '../../data/report-data.ts';
import { madeUpReport } from '../../testing/made-up.ts';
import { chosenText, MOST_LISTED, pathsText } from './chosen.ts';
import { groupCounts, mixedOrder, modelOf, nearestLabels, photographOf } from './model.ts';
import { sceneOf } from './scene.ts';
import { countWords, pointWords } from './words.ts';

async function madeUp(points: number, labels: number, options: { withoutPictures?: boolean } = {}) {
  const { points: columns, facts } = await madeUpReport({ points, labels, ...options });
  assert.ok(columns !== null);
  return { points: columns, labels: facts.labels };
}

test('the order of drawing has each point once, neighbours far apart', () => {
  for (const count of [0, 1, 2, 3, 10, 997, 4_096]) {
    const order = mixedOrder(count);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: count }, (_, at) => at),
    );
  }
  const order = mixedOrder(997);
  for (let at = 1; at < 997; at += 1) assert.ok(Math.abs(order[at]! - order[at - 1]!) > 300);
});

test('a point has its own photograph, else the nearest of its label, else one of the label', async () => {
  const { points, labels } = await madeUp(400, 4);
  const model = modelOf(points, labels);
  assert.deepEqual(photographOf(model, 3), { tile: 3, of: 3, isOwn: true });
  const far = photographOf(model, 50);
  assert.equal(far.isOwn, false);
  assert.ok(far.tile >= 0 && far.tile < 8, 'a tile of label 0');
  const square = (one: number, other: number) => {
    let sum = 0;
    for (let from = 0; from < points.values.length; from += points.count) {
      sum += (points.values[from + one]! - points.values[from + other]!) ** 2;
    }
    return sum;
  };
  for (let own = 0; own < 8; own += 1) assert.ok(square(50, far.tile) <= square(50, own));
  const sampled = modelOf({ ...points, tiles: new Uint16Array(400).fill(NONE_INDEX) }, labels);
  assert.deepEqual(photographOf(sampled, 150), { tile: 8, of: undefined, isOwn: false });
  const bare = await madeUp(400, 4, { withoutPictures: true });
  assert.equal(photographOf(modelOf(bare.points, bare.labels), 5).tile, NONE_INDEX);
});

test('points of labels that are not kept are a group of their own, without a photograph', async () => {
  const { points, labels } = await madeUp(400, 4);
  const withRest = { ...points, labels: points.labels.map((label) => (label === 3 ? NONE_INDEX : label)) };
  const model = modelOf(withRest, labels);
  assert.deepEqual([model.names.at(-1), model.counts.at(-1), model.groups[399]], ['other labels', 100, 4]);
  assert.deepEqual([...model.sizes.slice(0, 5)], [100, 100, 100, 0, 100]);
  assert.equal(photographOf(model, 399).tile, NONE_INDEX);
});

test('the nearest labels say which is its own', async () => {
  const { points, labels } = await madeUp(400, 4);
  points.nearest.set([2, 0, NONE_INDEX], 0);
  const model = modelOf(points, labels);
  assert.deepEqual(nearestLabels(model, 0), [
    { name: 'label 002', isOwn: false },
    { name: 'label 000', isOwn: true },
  ]);
  const scene = sceneOf(model);
  scene.current = 0;
  assert.match(
    pointWords(scene),
    /^label 000\/image-000000\.jpg, label label 000, PC 1 −?\d.*nearest to label 002$/,
  );
});

test('of chosen points: labels by count, the first 5,000 paths listed, all of them in the file', async () => {
  const { points, labels } = await madeUp(6_000, 12);
  const model = modelOf(points, labels);
  const chosen = Array.from({ length: 5_200 }, (_, at) => at + 800);
  const text = chosenText(model, chosen);
  assert.equal(text.title, '5,200 images chosen');
  assert.match(text.labels, /^label 002: 500 · .* · and 3 more labels$/);
  assert.equal(text.listed.split('\n').length - 1, MOST_LISTED);
  assert.match(text.note, /the first 5,000/);
  assert.equal(pathsText(model, chosen).split('\n').length - 1, 5_200);
  assert.equal(pathsText(model, [0, 1]), 'label 000/image-000000.jpg\nlabel 000/image-000001.jpg\n');
  assert.deepEqual(groupCounts(model, [0, 501, 502]), [
    { name: 'label 001', count: 2 },
    { name: 'label 000', count: 1 },
  ]);
  assert.equal(chosenText(model, []).title, '0 images chosen');
});

test('a sample is said to be one', () => {
  assert.equal(countWords({ count: 100_000, rows: 1_234_567 }), '100,000 of 1,234,567 rows, an even sample');
  assert.equal(countWords({ count: 1, rows: 1 }), '1 image');
});

test('control characters of a label and a path are escaped where they are shown, not in the list', async () => {
  const { points, labels } = await madeUp(10, 2);
  const paths = points.paths.map((path) => `\u202e${path}`);
  const model = modelOf(
    { ...points, paths },
    labels.map((one) => ({ ...one, label: `\u0007${one.label}` })),
  );
  assert.equal(model.names[0], '\\u0007label 000');
  const scene = sceneOf(model);
  scene.current = 0;
  assert.match(pointWords(scene), /^\\u202elabel/);
  assert.equal(pathsText(model, [0]), `\u202elabel 000/image-000000.jpg\n`);
});

test('images without a label have a name in the scatter too', async () => {
  const { points, facts } = await madeUpReport({ points: 20, labels: 2, withoutPictures: true });
  assert.ok(points !== null);
  const labels = facts.labels.map((label, at) => (at === 0 ? { ...label, label: '' } : label));
  assert.equal(modelOf(points, labels).names[0], '(no label)');
});
