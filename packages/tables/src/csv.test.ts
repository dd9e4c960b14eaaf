import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { parseCsv } from '@verger/testkit/csv';
import { HARD_TEXTS } from '@verger/testkit/rows';
import fc from 'fast-check';
import { type CsvRow, csvHeader, csvRecord } from './csv.ts';

const record = (row: Partial<CsvRow>, raw = false) =>
  Buffer.from(csvRecord({ path: 'p', label: 'l', pcaFeatures: [], ...row }, { raw })).toString('utf8');

test('the header names three columns, or four with images', () => {
  assert.equal(csvHeader({ withImages: false }), 'path,label,pca_features\r\n');
  assert.equal(csvHeader({ withImages: false }, { bom: true }), '\uFEFFpath,label,pca_features\r\n');
  assert.equal(csvHeader({ withImages: true }), 'path,label,pca_features,image_base64\r\n');
});

test('a plain row is written plainly', () => {
  const row = { path: 'Apple/0_100.jpg', label: 'Apple', pcaFeatures: [1.5, -2, 1e21, 5e-324, -0] };
  assert.equal(record(row), 'Apple/0_100.jpg,Apple,"[1.5,-2,1e+21,5e-324,-0]"\r\n');
  assert.equal(record({ image: Uint8Array.of(0, 1, 2, 255) }), 'p,l,"[]",AAEC/w==\r\n');
  assert.equal(record({ image: new Uint8Array(0) }), 'p,l,"[]",\r\n');
});

test('any raw row comes back to the last bit', () => {
  const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 });
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HARD_TEXTS));
  fc.assert(
    fc.property(
      text,
      text,
      numbers,
      fc.option(fc.uint8Array(), { nil: undefined }),
      (path, label, pca, image) => {
        const row = {
          path,
          label,
          pcaFeatures: Float64Array.from(pca),
          ...(image === undefined ? {} : { image }),
        };
        const [cells, ...rest] = parseCsv(record(row, true));
        assert.deepEqual(rest, []);
        assert.equal(cells?.length, image === undefined ? 3 : 4);
        assert.deepEqual(cells?.slice(0, 2), [path, label]);
        const back = JSON.parse(cells?.[2] ?? '') as number[];
        assert.ok(back.length === pca.length && back.every((value, index) => Object.is(value, pca[index])));
        if (image !== undefined)
          assert.deepEqual(Uint8Array.from(Buffer.from(cells?.[3] ?? '', 'base64')), image);
      },
    ),
    { numRuns: 500 },
  );
});

test('no cell of a row that is not raw begins as a formula, and nothing else is changed', () => {
  const starts = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
  const text = fc
    .tuple(fc.constantFrom('', ' ', "'", ...starts), fc.string({ unit: 'binary' }))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (path, label) => {
      const [cells] = parseCsv(record({ path, label, pcaFeatures: [-1] }));
      for (const [index, value] of [path, label].entries()) {
        const isFormula = starts.some((start) => value.startsWith(start));
        assert.equal(cells?.[index], isFormula ? `'${value}` : value);
      }
      assert.equal(cells?.[2], '[-1]');
    }),
    { numRuns: 500 },
  );
});

test('cells are quoted exactly where they must be', () => {
  assert.equal(record({ path: 'a b', label: "it's" }), 'a b,it\'s,"[]"\r\n');
  assert.equal(record({ path: ' a', label: 'b ' }), '" a","b ","[]"\r\n');
  assert.equal(record({ path: 'a"b', label: 'c,d' }), '"a""b","c,d","[]"\r\n');
  assert.equal(record({ path: 'a\rb', label: 'c\nd' }), '"a\rb","c\nd","[]"\r\n');
  assert.equal(record({ path: '=1+1,"x"', label: '-1' }), '"\'=1+1,""x""",\'-1,"[]"\r\n');
});

test('a number that JSON cannot say is refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => record({ pcaFeatures: [1, value] }),
      (error: unknown) => error instanceof VergerError && error.code === 'E_INTERNAL',
    );
  }
});

test('a large image beside a path beyond Latin-1 comes out whole', () => {
  const image = Buffer.alloc(3_000_001, 'orchard');
  const [cells] = parseCsv(record({ path: '日本語/りんご.jpg', image }));
  assert.equal(cells?.[0], '日本語/りんご.jpg');
  assert.ok(Buffer.from(cells?.[3] ?? '', 'base64').equals(image));
});
