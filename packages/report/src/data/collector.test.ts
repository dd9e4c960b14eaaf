import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelCentroids, seededNumbers } from '@verger/core';
import fc from 'fast-check';
import { type CollectedRows, ReportCollector } from './collector.ts';
import { NEAREST_KEPT, NONE_INDEX } from './report-data.ts';
import { type ComparedPartition, isSampled } from './rows.ts';
import { chooseOdd, choosePairs, chooseQuarantine, planPictures, type Sections } from './sections.ts';
import { Top } from './top.ts';

test('an even sample has as many rows as it should, never two closer than half its step', () => {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 400 }),
    count: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(sizes, ({ rows, count: wanted }) => {
      const count = Math.min(rows, wanted);
      const taken = Array.from({ length: rows }, (_, row) => row).filter((row) =>
        isSampled(row, { count, rows }),
      );
      assert.equal(taken.length, count);
      for (const [at, row] of taken.entries()) {
        if (at > 0) assert.ok(row - (taken[at - 1] ?? 0) >= Math.floor(rows / count));
      }
    }),
  );
});

test('the highest are kept, of equals the first', () => {
  const offers = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.NaN)));
  fc.assert(
    fc.property(offers, fc.integer({ min: 0, max: 5 }), (scores, most) => {
      const top = new Top<number>(most);
      for (const [at, score] of scores.entries()) top.offer(score, () => at);
      const wanted = [...scores.keys()]
        .filter((at) => !Number.isNaN(scores[at]))
        .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
        .slice(0, most);
      assert.deepEqual(
        top.kept.map(({ value }) => value),
        wanted,
      );
    }),
  );
});

const K = 12;

/**
 * Rows of labels, each with its own centroid, drawn by a seed; the last rows have a label that is not kept.
 */
function madeRows(count: number, labelCount: number) {
  const random = seededNumbers(9);
  const label = (at: number) => Math.floor((at * (labelCount + 1)) / count);
  const rows = Array.from({ length: count }, (_, at) => ({
    path: `l${label(at)}/${at}`,
    label: label(at) < labelCount ? label(at) : NONE_INDEX,
    values: Array.from({ length: 10 }, () => random() * 10 - 5),
    own: label(at) < labelCount ? random() * 4 : Number.NaN,
    other: random() * 6,
    nearest: Math.floor(random() * labelCount),
  }));
  const labels: LabelCentroids['labels'] = Array.from({ length: labelCount }, (_, place) => ({
    label: `l${place}`,
    count: rows.filter((row) => row.label === place).length,
    centroid: Array.from({ length: K }, () => place),
  }));
  return { rows, labels };
}

type Row = ReturnType<typeof madeRows>['rows'][number];

function partOf(partition: number, rows: readonly Row[], within: number): ComparedPartition {
  const close = [...rows.keys()].filter((at) => {
    const { own, other } = rows[at] as Row;
    return Math.abs(other - own) <= within;
  });
  return {
    partition,
    paths: rows.map(({ path }) => path),
    labels: Uint16Array.from(rows, ({ label }) => label),
    values: Float32Array.from(rows.flatMap(({ values }) => values)),
    nearest: Uint16Array.from(rows.flatMap(({ nearest }) => [nearest, NONE_INDEX, NONE_INDEX])),
    own: Float32Array.from(rows, ({ own }) => own),
    other: Float32Array.from(rows, ({ other }) => other),
    close: {
      rows: Uint32Array.from(close),
      points: Float32Array.from(close.flatMap((at) => new Array<number>(K).fill(at))),
    },
  };
}

function collect(made: ReturnType<typeof madeRows>, cuts: readonly number[]): CollectedRows {
  const collector = new ReportCollector({ labels: made.labels, k: K, rows: made.rows.length });
  const ends = [...cuts, made.rows.length];
  for (const [partition, end] of ends.entries()) {
    const from = ends[partition - 1] ?? 0;
    collector.add(partOf(partition, made.rows.slice(from, end), collector.closeWithin));
  }
  return collector.end();
}

test('what is collected is that of all rows at once, however they are cut', () => {
  const made = madeRows(300, 5);
  const whole = collect(made, []);
  const cut = collect(made, [1, 2, 50, 51, 200]);
  const withoutParts = (value: unknown) =>
    JSON.stringify(value, (key, inner: unknown) => (key === 'partition' ? undefined : inner));
  for (const field of ['points', 'rowsOf', 'ends', 'labels', 'compared'] as const) {
    assert.equal(withoutParts(cut[field]), withoutParts(whole[field]), field);
  }
  assert.deepEqual(cut.mistakes.cells, whole.mistakes.cells);
  assert.equal(withoutParts(cut.close.refs), withoutParts(whole.close.refs));
});

test('points, labels, ends and mistakes are those of the rows', () => {
  const made = madeRows(300, 5);
  const { points, ends, labels, mistakes, compared } = collect(made, [100, 200]);
  assert.deepEqual([points.count, points.rows, points.components, compared], [300, 300, 10, 300]);
  const value = (row: number, component: number) => points.values[component * 300 + row];
  assert.equal(value(7, 3), Math.fround(made.rows[7]?.values[3] ?? 0));
  assert.equal(points.labels[299], NONE_INDEX);
  assert.equal(points.nearest[7 * NEAREST_KEPT], made.rows[7]?.nearest);
  const first = made.rows.map(({ values }) => values[0] ?? 0);
  assert.equal(ends.length, 6);
  assert.equal(ends[0]?.high[0]?.row, first.indexOf(Math.max(...first)));
  assert.equal(ends[0]?.low[0]?.row, first.indexOf(Math.min(...first)));
  for (const [place, { spread, compared: own, right, examples, far }] of labels.entries()) {
    const rows = made.rows.filter(({ label }) => label === place);
    const mean = rows.reduce((sum, row) => sum + Math.fround(row.own) ** 2, 0) / rows.length;
    assert.ok(Math.abs(spread - Math.sqrt(mean)) < 1e-9);
    assert.equal(own, rows.length);
    assert.equal(right, rows.filter(({ nearest }) => nearest === place).length);
    assert.equal(examples.length, 8);
    assert.equal(far[0]?.distance, Math.fround(Math.max(...rows.map((row) => row.own))));
  }
  const counted = mistakes.cells.reduce((sum, [, , count]) => sum + count, 0);
  assert.equal(counted, made.rows.filter(({ label }) => label !== NONE_INDEX).length);
});

test('of more rows than are compared for near-duplicates the most even ones are kept, with their numbers', () => {
  const made = madeRows(7000, 3);
  const { close } = collect(made, [1000, 2000, 4000, 6500]);
  assert.equal(close.refs.length, 5000);
  const evenness = (row: Row) => Math.abs(Math.fround(row.other) - Math.fround(row.own));
  const all = made.rows.filter(({ own }) => !Number.isNaN(own)).sort((a, b) => evenness(a) - evenness(b));
  const limit = evenness(all[4999] as Row);
  assert.ok(close.refs.every(({ row }) => evenness(made.rows[row] as Row) <= limit));
  const [last] = close.refs.slice(-1);
  const from = [0, 1000, 2000, 4000, 6500].findLast((start) => start <= (last?.row ?? 0)) ?? 0;
  assert.equal(close.points.at(-1), (last?.row ?? 0) - from);
});

test('rows that the commits do not count are refused, missing ones too', () => {
  const made = madeRows(30, 2);
  const shape = { labels: made.labels, k: K, rows: 20 };
  assert.throws(() => new ReportCollector(shape).add(partOf(0, made.rows, 0)), /more rows/);
  const short = new ReportCollector(shape);
  short.add(partOf(0, made.rows.slice(0, 19), 0));
  assert.throws(() => short.end(), /fewer rows/);
});

/** The same rows in labels of a tenth of the spread: many are odd. */
const tight = (rows: ReturnType<typeof collect>) => ({
  ...rows,
  labels: rows.labels.map((label) => ({ ...label, spread: label.spread / 10 })),
});

test('sections choose pairs by mistakes, odd rows by spread, and quarantine by code', () => {
  const made = madeRows(300, 5);
  const rows = collect(made, [100]);
  const pairs = choosePairs(rows, made.labels);
  const sums = pairs.map(({ aAsB, bAsA }) => aAsB + bAsA);
  assert.deepEqual(
    sums,
    [...sums].sort((a, b) => b - a),
  );
  assert.equal(pairs.length, 10);
  const [pair] = pairs;
  assert.ok(pair !== undefined && pair.a < pair.b);
  const cell = rows.mistakes.cells.find(([own, nearest]) => own === pair.a && nearest === pair.b);
  assert.equal(pair.aAsB, cell?.[2]);
  assert.ok(Math.abs(pair.distance - (pair.b - pair.a) * Math.sqrt(K)) < 1e-9);
  assert.ok(pair.rowsOfA.every(({ label }) => label === pair.a));
  const odd = chooseOdd(tight(rows), made.labels);
  assert.equal(odd.length, 24);
  assert.ok(odd.every(({ ratio }, at) => at === 0 || ratio <= (odd[at - 1]?.ratio ?? 0)));
  const few = chooseOdd(
    tight(rows),
    made.labels.map((label) => ({ ...label, count: 2 })),
  );
  assert.deepEqual(few, [], 'labels of fewer than three images have no spread to speak of');
  const entry = { code: 'E_IMG_EMPTY' as const, reason: 'r', next: 'n', count: 20, examples: [] };
  const bad = Array.from({ length: 20 }, (_, at) => ({
    ...{ path: `bad/${at}`, label: 'bad', code: at % 5 === 4 ? 'E_IMG_DECODE' : 'E_IMG_EMPTY', reason: 'r' },
    ...{ bytes: 0, environmental: false, partition: 0 },
  })) as Parameters<typeof chooseQuarantine>[1];
  const [empty] = chooseQuarantine([entry], bad);
  assert.equal(empty?.images.length, 12);
  assert.ok(empty.images.every(({ code }) => code === 'E_IMG_EMPTY'));
});

test('pictures are planned once each: the sections first, then every label in turn', () => {
  const made = madeRows(300, 5);
  const rows = collect(made, [100]);
  const odd = chooseOdd(tight(rows), made.labels);
  const sections: Sections = { rows, pairs: [], odd, duplicates: [], quarantine: [] };
  const all = planPictures(sections, 1000);
  const key = ({ partition, path }: { partition: number; path: string }) => `${partition} ${path}`;
  assert.equal(new Set(all.map(key)).size, all.length);
  assert.deepEqual(all.slice(0, 24).map(key), odd.map(key));
  const one = planPictures({ ...sections, rows: { ...rows, ends: [] }, odd: [] }, 5);
  assert.deepEqual(
    one.map(({ path }) => path.slice(0, 2)),
    ['l0', 'l1', 'l2', 'l3', 'l4'],
  );
  assert.equal(planPictures(sections, 30).length, 30);
});
