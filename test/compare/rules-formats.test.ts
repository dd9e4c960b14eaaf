import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { chunk } from '../attack/png.ts';
import type { Seen } from './our-answer.ts';
import type { PillowAnswer } from './pillow-answer.ts';
import { judge } from './rules.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const REFUSED: Seen = { answer: { code: 'E_IMG_DECODE' }, pixels: undefined, sharp: undefined };
const warned = (spotless: boolean): Seen => ({ ...REFUSED, sharp: { sha256: A, spotless } });
const opened = (sha256: string, sharp: Seen['sharp'] = undefined): Seen => ({
  answer: { sha256 },
  pixels: undefined,
  sharp,
});

/** The rule that holds for a difference, if one does. */
function ruleOf(ours: Seen, pillow: PillowAnswer, bytes: Uint8Array = new Uint8Array(0)): string | undefined {
  const verdict = judge({ bytes, ours, pillow, limits: {} });
  assert.ok('rule' in verdict, verdict.kind);
  return verdict.rule;
}

const NONE = new Uint8Array(0);

/** A PNG of 10×10, 8 bits: this colour type, other chunks before its pixels, and so many bytes of rows. */
function png(colour: number, before: readonly Uint8Array[], rowBytes: number, interlaced = 0): Buffer {
  const head = Uint8Array.of(0, 0, 0, 10, 0, 0, 0, 10, 8, colour, 0, 0, interlaced);
  const idat = chunk('IDAT', deflateSync(new Uint8Array(rowBytes)));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', head), ...before, idat, chunk('IEND', NONE)]);
}

const PNG: PillowAnswer = { sha256: B, format: 'PNG' };

test('PNG: fewer rows are counted, with their filters and passes', () => {
  assert.match(ruleOf(REFUSED, PNG, png(2, [], 309)) ?? '', /fewer rows/);
  assert.equal(ruleOf(REFUSED, PNG, png(2, [], 310)), undefined);
  // Passes of 2×2, 1×2, 3×1, 2×3, 5×2, 5×5 and 10×5: 100 pixels, 20 filters.
  assert.match(ruleOf(REFUSED, PNG, png(0, [], 119, 1)) ?? '', /fewer rows/);
  assert.equal(ruleOf(REFUSED, PNG, png(0, [], 120, 1)), undefined);
});

test('PNG: an unknown chunk has to be critical, a palette wrong', () => {
  assert.match(ruleOf(REFUSED, PNG, png(0, [chunk('ABCD', NONE)], 110)) ?? '', /not known/);
  assert.equal(ruleOf(REFUSED, PNG, png(0, [chunk('aBCD', NONE)], 110)), undefined);
  const palette = (bytes: number) => chunk('PLTE', new Uint8Array(bytes));
  for (const before of [[], [palette(0)], [palette(64)], [palette(6), palette(6)]])
    assert.match(ruleOf(REFUSED, PNG, png(3, before, 110)) ?? '', /palette/);
  assert.equal(ruleOf(REFUSED, PNG, png(3, [palette(6)], 110)), undefined);
  assert.equal(ruleOf(REFUSED, PNG, png(2, [], 310)), undefined);
});

const JPEG: PillowAnswer = { sha256: B, format: 'JPEG' };
const UNKNOWN: PillowAnswer = { refused: 'UnidentifiedImageError' };
const COMMENT = [0xff, 0xfe, 0, 4, 1, 2];
const DATA = [1, 2, 0xff, 0, 3, 0xff, 0xd3, 4];

/** A JPEG of this frame marker and size: what is before the frame, and what follows the head of its scan. */
function jpeg(
  frame: { marker?: number; width?: number; height?: number; components?: number },
  before: readonly number[],
  ...after: readonly number[][]
): Uint8Array {
  const { marker = 0xc0, width = 9, height = 9, components = 3 } = frame;
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = Array.from({ length: components }, (_, at) => at);
  return Uint8Array.from([
    ...[0xff, 0xd8, ...before],
    ...[0xff, marker, 0, 8 + 3 * components, 8, ...size, components],
    ...parts.flatMap((at) => [at, 0x11, 0]),
    ...[0xff, 0xda, 0, 6 + 2 * components, components, ...parts.flatMap((at) => [at, 0]), 0, 63, 0],
    ...after.flat(),
    ...[0xff, 0xd9],
  ]);
}

test('JPEG: only the one scan of a sequential image ends at an incomplete segment', () => {
  const cut = [0xff, 0xe4, 0, 4, 1, 2, 9];
  const rule = (bytes: Uint8Array, spotless = false) => ruleOf(warned(spotless), JPEG, bytes);
  assert.match(rule(jpeg({}, [], DATA, cut, DATA)) ?? '', /breaks off/);
  assert.match(rule(jpeg({}, [], DATA, COMMENT, cut)) ?? '', /breaks off/);
  assert.match(rule(jpeg({}, [], DATA, [0xff, 0xfe, 9, 9])) ?? '', /breaks off/);
  assert.equal(rule(jpeg({}, [], DATA, cut, DATA), true), undefined);
  for (const after of [
    [DATA],
    [DATA, COMMENT],
    [DATA, [0xff, 0xf7, 0, 4, 1, 2, 9]],
    [DATA, [0xff, 0xd9], cut],
  ])
    assert.equal(rule(jpeg({}, [], ...after)), undefined, String(after));
  // Of progressive ones nothing is said: they are read to their end, whatever libjpeg warns of.
  assert.equal(rule(jpeg({ marker: 0xc2 }, [], DATA, cut, DATA)), undefined);
  assert.equal(rule(Uint8Array.of(0xff, 0xd8, 0xff)), undefined);
});

test('JPEG: one that ends early is counted where Pillow filled up more than half of it', () => {
  const cut: Seen = { ...REFUSED, answer: { code: 'E_IMG_TRUNCATED' } };
  assert.match(ruleOf(cut, { ...JPEG, filled: 0.6 }, jpeg({}, [])) ?? '', /not there/);
  assert.equal(ruleOf(cut, { ...JPEG, filled: 0.4 }, jpeg({}, [])), undefined);
  assert.equal(ruleOf(REFUSED, { ...JPEG, filled: 0.6 }, jpeg({}, [])), undefined);
});

test('JPEG: lossless ones, and more scans than there may be, are counted', () => {
  assert.match(ruleOf(warned(false), JPEG, jpeg({ marker: 0xc3 }, [], DATA)) ?? '', /lossless/);
  const scans = (count: number) =>
    jpeg(
      { marker: 0xc2, width: 10_000, height: 10_000 },
      [],
      ...Array.from({ length: count - 1 }, () => [...DATA, 0xff, 0xda, 0, 2]),
    );
  assert.match(ruleOf(warned(false), JPEG, scans(51)) ?? '', /more scans/);
  assert.equal(ruleOf(warned(false), JPEG, scans(50)), undefined);
});

test('JPEG: pixels of the WebAssembly decoder alone differ only where an image is small and damaged', () => {
  const rule = (bytes: Uint8Array, rewritten: number, sharp = B) =>
    ruleOf(opened(A, { sha256: sharp, spotless: true }), { ...JPEG, rewritten }, bytes);
  assert.match(rule(jpeg({ width: 256, height: 256 }, []), 55) ?? '', /WebAssembly/);
  assert.equal(rule(jpeg({ width: 256, height: 256 }, []), 22), undefined);
  assert.equal(rule(jpeg({ width: 256, height: 256 }, []), 55, A), undefined);
  assert.equal(rule(jpeg({ width: 257, height: 256 }, []), 55), undefined);
  assert.equal(rule(jpeg({ width: 4000, height: 3000 }, []), 55), undefined);
  assert.equal(rule(jpeg({ components: 1 }, []), 55), undefined);
  assert.equal(rule(jpeg({ marker: 0xc9 }, []), 55), undefined);
});

test('JPEG: a header that Pillow does not read has TEM, or a segment too short for its name', () => {
  const rule = (before: readonly number[], sharp = A) =>
    ruleOf(opened(A, { sha256: sharp, spotless: true }), UNKNOWN, jpeg({}, before));
  const segment = (marker: number, name: string, more: number) => [
    ...[0xff, marker, 0, 2 + name.length + more],
    ...Buffer.from(name, 'latin1'),
    ...new Uint8Array(more),
  ];
  assert.match(rule([0xff, 1]) ?? '', /header/);
  assert.match(rule(segment(0xe0, 'JFIF\0', 1)) ?? '', /header/);
  assert.match(rule(segment(0xee, 'Adobe', 1)) ?? '', /header/);
  assert.match(rule(segment(0xe2, 'ICC_PROFILE\0', 1)) ?? '', /header/);
  assert.equal(rule([0xff, 1], B), undefined);
  for (const before of [[], COMMENT, segment(0xe0, 'JFIF\0', 2), segment(0xe2, 'ICC_PROFILE\0', 2)])
    assert.equal(rule(before), undefined, String(before));
});

type Tiff = NonNullable<PillowAnswer['tiff']>;
const RGB: Tiff = {
  compression: 1,
  photometric: 2,
  planes: 1,
  isTiled: false,
  bits: [8, 8, 8],
  sampleFormats: [1],
  subsampling: [2, 2],
};
const tiff = (tags: Partial<Tiff>, more: PillowAnswer = {}): PillowAnswer => ({
  format: 'TIFF',
  tiff: { ...RGB, ...tags },
  sha256: B,
  ...more,
});

test('TIFF: a sound one of 8 bits may not be refused, the kinds that docs/images.md names may', () => {
  for (const tags of [
    {},
    { bits: [16] },
    { photometric: 5 },
    { planes: 2 },
    { isTiled: true },
    { compression: 7 },
  ])
    assert.equal(ruleOf(REFUSED, tiff(tags)), undefined, JSON.stringify(tags));
  for (const tags of [
    { bits: [32] },
    { bits: [12] },
    { photometric: 5, bits: [8, 8, 8, 8, 8] },
    { sampleFormats: [2] },
    { sampleFormats: [1, 3] },
    { photometric: 8 },
    { photometric: 5, bits: [16, 16, 16, 16] },
    { compression: 6 },
    { compression: 34_925 },
    { planes: 2, isTiled: true },
  ])
    assert.match(ruleOf(REFUSED, tiff(tags)) ?? '', /not opened/, JSON.stringify(tags));
  assert.match(ruleOf(REFUSED, tiff({ compression: 4 }, { complained: true })) ?? '', /fax/);
  assert.equal(ruleOf(REFUSED, tiff({ compression: 4 }, { complained: false })), undefined);
  assert.equal(ruleOf(REFUSED, tiff({}, { complained: true })), undefined);
});

test('TIFF: YCbCr stored pixel by pixel is refused; others have the same brightness', () => {
  const ycbcr = { photometric: 6, subsampling: [1, 1] };
  assert.match(ruleOf(REFUSED, tiff(ycbcr)) ?? '', /pixel by pixel/);
  assert.equal(ruleOf(REFUSED, tiff({ ...ycbcr, compression: 7 })), undefined);
  assert.equal(ruleOf(REFUSED, tiff({ ...ycbcr, subsampling: [2, 2] })), undefined);
  const seen = (value: number): Seen => ({ ...opened(A), pixels: Uint8Array.of(value, value, value) });
  const theirs = tiff({ photometric: 6 }, { pixels: Buffer.of(100, 100, 100).toString('base64') });
  assert.match(ruleOf(seen(101), theirs) ?? '', /coefficients/);
  assert.equal(ruleOf(seen(102), theirs), undefined);
  assert.equal(ruleOf(seen(101), tiff({}, { pixels: theirs.pixels })), undefined);
  const refused = { sha256: undefined, refused: 'OSError' };
  assert.match(ruleOf(opened(A), tiff({ photometric: 6 }, refused)) ?? '', /fewer colours/);
  assert.equal(ruleOf(opened(A), tiff(ycbcr, refused)), undefined);
});

test('TIFF: colours divided by alpha differ by rounding; a missing compression is one', () => {
  const base64 = (...values: readonly number[]) => Buffer.from(values).toString('base64');
  const theirs = (alpha: number) => tiff({}, { pixels: base64(100, 100, 100), alpha: base64(alpha) });
  const seen = (value: number): Seen => ({ ...opened(A), pixels: Uint8Array.of(100, value, 100) });
  assert.match(ruleOf(seen(103), theirs(255)) ?? '', /multiplied/);
  assert.equal(ruleOf(seen(104), theirs(255)), undefined);
  assert.match(ruleOf(seen(200), theirs(5)) ?? '', /multiplied/);
  assert.equal(ruleOf(seen(103), tiff({}, { pixels: base64(100, 100, 100) })), undefined);
  const refused = { sha256: undefined, refused: 'OSError: decoder error -2' };
  assert.match(ruleOf(opened(A), tiff({ compression: 50_001 }, refused)) ?? '', /compression/);
  assert.equal(ruleOf(opened(A), tiff({ compression: 5 }, refused)), undefined);
});
