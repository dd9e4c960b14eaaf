import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MAX_LABELS, type Sums, VergerError } from '@verger/core';
import { featuresOf, type Rows, seededRows, sumsOf } from '@verger/testkit/sums-rows';
import fc from 'fast-check';
import { sumsDigest } from './digest.ts';
import { plainIntegerGram } from './gram.ts';
import { addRows, emptySums, mergeSums } from './sums.ts';

const hasCode = (code: ErrorCode) => (error: unknown) => error instanceof VergerError && error.code === code;

const feature = fc.float({ min: 0, max: 8, maxExcluded: true, noNaN: true });
const labelled = (width: number, maxLength = 12) =>
  fc.array(
    fc.record({
      row: fc.array(feature, { minLength: width, maxLength: width }),
      label: fc.constantFrom('', 'apple', 'pear', '\uffff', '\u{1f34e}'),
    }),
    { maxLength },
  );
type Labelled = { row: number[]; label: string }[];
const add = (rows: Labelled, width: number) =>
  sumsOf(
    rows.map(({ row }) => row),
    { width, label: (index) => rows[index]!.label },
  );

test('a feature is rounded half up to 2^-16, up to the last float below 8', async () => {
  const unit = 1 / 65536;
  const cases: [number, bigint][] = [
    [-0, 0n],
    [0.5 * unit, 1n],
    [0.49999997 * unit, 0n],
    [1.5 * unit, 2n],
    [2.5 * unit, 3n],
    [1e-45, 0n],
    [6, 393216n],
    [7.9999995, 524288n],
  ];
  for (const [value, integer] of cases) {
    const sums = await sumsOf([[value]]);
    assert.deepEqual([[...sums.sum], [...sums.products]], [[integer], [integer * integer]], `${value}`);
    assert.equal(sums.max, Number(integer));
  }
});

test('what is no number in [0, 8) is refused with its place, and nothing is added', async () => {
  for (const bad of [Number.NaN, 8, -1e-9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const sums = await sumsOf([[1, 2]]);
    const before = sumsDigest(sums);
    const rows = {
      features: featuresOf([
        [1, 1],
        [1, bad],
      ]),
      labels: ['a', 'b'],
    };
    await assert.rejects(
      addRows(sums, rows, plainIntegerGram),
      (error) => hasCode('E_IMG_FEATURES')(error) && /Row 1, feature 1/.test(String(error)),
    );
    assert.equal(sumsDigest(sums), before);
  }
});

test('features that are not one row a label are refused', async () => {
  const rows = { features: new Float32Array(5), labels: ['a', 'b'] };
  await assert.rejects(addRows(emptySums(2), rows, plainIntegerGram), hasCode('E_INTERNAL'));
});

test('the product may use up the rows that it is given', async () => {
  const rows = seededRows(1500, 3, 11);
  const labels = rows.map((_, row) => `l${row % 2}`);
  const kept = await sumsOf(rows, { label: (row) => labels[row]! });
  const used = emptySums(3);
  await addRows(used, { features: featuresOf(rows), labels }, async (block, count, width) => {
    const products = await plainIntegerGram(block, count, width);
    block.fill(Number.NaN);
    return products;
  });
  assert.equal(sumsDigest(used), sumsDigest(kept));
});

test('sums over several blocks are those of a loop over BigInt', async () => {
  const rows: Rows = seededRows(4500, 3, 11);
  const sums = await sumsOf(rows, { label: (row) => `l${row % 3}` });
  const integers = rows.map((row) => row.map((value) => BigInt(value * 65536)));
  const total = (term: (row: bigint[], index: number) => bigint) =>
    integers.reduce((sum, row, index) => sum + term(row, index), 0n);
  assert.deepEqual(
    [...sums.sum],
    [0, 1, 2].map((i) => total((row) => row[i]!)),
  );
  const pairs = [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [2, 2],
  ] as const;
  assert.deepEqual(
    [...sums.products],
    pairs.map(([i, j]) => total((row) => row[i]! * row[j]!)),
  );
  assert.equal(sums.count, 4500);
  assert.equal(sums.max, Math.max(...integers.flat().map(Number)));
  for (const [label, kept] of sums.labels) {
    const own = (index: number) => `l${index % 3}` === label;
    assert.equal(kept.count, 1500);
    assert.deepEqual(
      [...kept.sum],
      [0, 1, 2].map((i) => total((row, index) => (own(index) ? row[i]! : 0n))),
    );
  }
  assert.deepEqual([...sums.labels.keys()].sort(), ['l0', 'l1', 'l2']);
});

test('any partitioning, merged in any order and any grouping, gives the same sums', async () => {
  const cuts = fc.array(fc.nat(12), { maxLength: 4 });
  const order = fc.array(fc.nat(), { minLength: 16, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(labelled(3), cuts, order, async (rows, cut, picks) => {
      const whole = sumsDigest(await add(rows, 3));
      const edges = [0, ...cut.map((at) => Math.min(at, rows.length)), rows.length].sort((a, b) => a - b);
      const parts: Sums[] = [];
      for (const [at, edge] of edges.slice(1).entries())
        parts.push(await add(rows.slice(edges[at], edge), 3));
      // Merges two parts picked at random until one is left: every order and every grouping.
      for (let turn = 0; parts.length > 1; turn++) {
        const [from] = parts.splice(picks[turn * 2]! % parts.length, 1);
        mergeSums(parts[picks[turn * 2 + 1]! % parts.length]!, from!);
      }
      assert.equal(sumsDigest(parts[0]!), whole);
    }),
  );
});

test('adding in two calls is adding at once', async () => {
  const rows = seededRows(7, 2, 3);
  const sums = await sumsOf(rows.slice(0, 3));
  const rest = { features: featuresOf(rows.slice(3)), labels: Array(4).fill('all') };
  await addRows(sums, rest, plainIntegerGram);
  assert.equal(sumsDigest(sums), sumsDigest(await sumsOf(rows)));
});

test('merging leaves the other sums alone, and shares nothing with them', async () => {
  const from = await sumsOf([[1, 2]], { label: () => 'new' });
  const before = sumsDigest(from);
  const into = emptySums(2);
  mergeSums(into, from);
  mergeSums(into, from);
  assert.equal(sumsDigest(from), before);
  assert.equal(into.labels.get('new')?.count, 2);
});

test('sums of another width are refused', () => {
  assert.throws(() => mergeSums(emptySums(2), emptySums(3)), hasCode('E_SUMS_CORRUPT'));
  const odd = emptySums(2);
  odd.labels.set('x', { count: 1, sum: new BigInt64Array(3) });
  assert.throws(() => mergeSums(emptySums(2), odd), hasCode('E_SUMS_CORRUPT'));
});

test('more rows than int64 can hold are refused before anything is added', async () => {
  const full = await sumsOf([[7.9999995]]);
  full.count = 2 ** 25 - 2;
  mergeSums(full, await sumsOf([[1]]));
  assert.equal(full.count, 2 ** 25 - 1);
  const before = sumsDigest(full);
  const one = await sumsOf([[0]]);
  assert.throws(() => mergeSums(full, one), hasCode('E_SUMS_RANGE'));
  const row = { features: Float32Array.of(0), labels: ['a'] };
  await assert.rejects(addRows(full, row, plainIntegerGram), hasCode('E_SUMS_RANGE'));
  assert.equal(sumsDigest(full), before);
});

test('of too many labels the first in byte order are kept, in any order of merging', async () => {
  // Across U+FFFF, where UTF-16 sorts otherwise.
  const labels = Array.from({ length: MAX_LABELS + 40 }, (_, i) => String.fromCodePoint(0xfff0 + i));
  const part = (keep: (index: number) => boolean) => {
    const own = labels.filter((_, index) => keep(index)).reverse();
    return sumsOf(
      own.map((_, row) => [row % 7]),
      { label: (row) => own[row]! },
    );
  };
  const parts = [
    await part(() => true),
    ...(await Promise.all([0, 1, 2].map((p) => part((i) => i % 3 !== p)))),
  ];
  assert.deepEqual(
    parts.map((sums) => sums.labelsTruncated),
    [true, false, false, false],
  );
  const digests = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ].map((order) => {
    const into = emptySums(1);
    for (const at of order) mergeSums(into, parts[at]!);
    assert.equal(into.labelsTruncated, true);
    assert.ok(labels.slice(0, MAX_LABELS).every((label) => into.labels.get(label)?.count === 3));
    assert.equal(into.labels.size, MAX_LABELS);
    return sumsDigest(into);
  });
  assert.deepEqual(digests, Array(3).fill(digests[0]));
});

test('sums that left labels out say so in whatever they are merged into', async () => {
  const truncated = await sumsOf([[1]]);
  truncated.labelsTruncated = true;
  const into = emptySums(1);
  mergeSums(into, truncated);
  mergeSums(into, await sumsOf([[2]]));
  assert.equal(into.labelsTruncated, true);
});

test('the digest changes with every field', async () => {
  const rows = seededRows(3, 2, 5);
  const base = await sumsOf(rows);
  const changes: ((sums: Sums) => void)[] = [
    (sums) => sums.count++,
    (sums) => sums.max++,
    (sums) => sums.sum[1]!++,
    (sums) => sums.products[2]!++,
    (sums) => sums.labels.get('all')!.count++,
    (sums) => sums.labels.get('all')!.sum[0]!++,
    (sums) => {
      sums.labelsTruncated = true;
    },
    (sums) => {
      sums.labels.set('b', sums.labels.get('all')!);
      sums.labels.delete('all');
    },
  ];
  const digests = new Set([sumsDigest(base)]);
  for (const change of changes) {
    const sums = await sumsOf(rows);
    change(sums);
    digests.add(sumsDigest(sums));
  }
  assert.equal(digests.size, changes.length + 1);
});

test('the digest is the same on every machine', async () => {
  const sums = await sumsOf(seededRows(20, 4, 1), {
    label: (row) => ['pear', '\u{1f34e}', '\uffff'][row % 3]!,
  });
  assert.equal(sumsDigest(sums), '16254150fbcefb53370761ec451dd3f905d18713efc44977fa15bd0be89189cc');
});
