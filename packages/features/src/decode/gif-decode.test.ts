import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import fc from 'fast-check';
import { decodeImage } from './decode-image.ts';
import { decodeGif } from './gif-decode.ts';
import { readGifPixels } from './gif-lzw.ts';

/** Written by hand; Pillow 13.0's `convert("RGB").resize((224, 224))` of them has these digests. */
const PILLOW_FILES: Readonly<Record<string, readonly [string, string]>> = {
  'an index beyond the colour table': [
    'R0lGODlhBQAEAIEAAKVNyhglMLsdbRMs3iwAAAAABQAEAAADDWgxYYAxYDAIQiaBJAkAOw==',
    '05c0d574427380dcff650435ba765f10e9923e5dd532c47045f80c09670009ac',
  ],
  'a transparent index beyond the colour table': [
    'R0lGODlhCQAHAIEAADRgvjEgHmn+2qDu6CH5BAEFAMgALAIAAQAFAAQAAAIMlJgwoEaNAjFGzDgUADs=',
    '1dfbcdd58a677ee97a9a64ed467aef4750618d5a1f2a79da4cc6c1f211da59b4',
  ],
  'no colour table at all': [
    'R0lGODlhBgAFAAAAACwAAAAABgAFAAAIJQBPgHI1y1+6ES8UyQvxwRO5SMViLWBXy8oOfh7eTBLiZxmygAAAOw==',
    'c74d0c53e2ee65c783877ed1381ebd3b9a6f3888c5f8aa64a593b132b6a63f06',
  ],
  'a table of its own, shorter than the global one': [
    'R0lGODlhBgAFAIMAAP4pVeXNjkbcjtS3wnZNKlpNdncG+F2GkAJK1r2jQBvpyMvMyTX2zR9hImrhUziuGiwAAAAABgAFAIG5Sw2YLoW7VbZyqHIEFnAAMhYQhhG01oNjPPdeEmQo9AoEJgIAOw==',
    '75c2448fc555d6023c5dcc9e14942c3a357e980563d7a2aa525bf6e57e24a08a',
  ],
  'a grey ramp of four colours and indices beyond it': [
    'R0lGODlhBgAFAIEAAAAAAAEBAQICAgMDAywAAAAABgAFAAAFGSDzZA7zWUEQeRBjcdZVOIbjMVXjAZ5VhAAAOw==',
    '442fd1b15c4c4645b7be424d82147a68d0487517ea6aabb59a7d0f5af0c61156',
  ],
  'a frame that reaches beyond its screen': [
    'R0lGODlhBQAFAIIAAD3GZvRb3qosyu3NK1FXQQ5N7krys09DCiwDAAIACQAHAAADJgghNoNAQ1NIJlCHJgInCCJygVAXMDgEcYBxNXR4Q3OCFnYVOBYJADs=',
    '59761ba84fae8c98af6018cfa386856d09d6fce7359fcf063bbf57d726473ab8',
  ],
  'a screen of 0 by 0': [
    'R0lGODlhAAAAAIIAAGybPk+7SYFG73Awy/lTclLczq3XZLajLywAAAAABwADAAADDlhQd4BWFDEYQQSCJJYAADs=',
    '2d3563ece2d583879e360e223920d5d7711b13d5c3560444e7801602fcd77ddf',
  ],
  'a screen of 640 by 480 and a small frame': [
    'R0lGODlhgALgAYIAAITPTP2nLY4dXdkliQgthSpxIoc+6AWt1SwsAcgACQAIAAADK0gCE4IEMkQ4dEKFQAAweHNhh0YzNShWIIBBJhBoNASHInRAWFUDhFMCZQkAOw==',
    '79577f06b0b047cf42e966f45c31ed1ae4d3e55ad90b8cf90a72021f1d8dde4a',
  ],
  'a screen of 2049 by 3 and a small frame': [
    'R0lGODlhAQgDAIIAACrzjmZ/Ai6HLUnMFckLmZt3K0/Hpv1MkSwBAAEAAgACAAADBChgkgAAOw==',
    'bc4f10a4303f90a008d180a32d29c24994b45c755e18162e25716005a5c8bfd6',
  ],
  'interlaced rows on a larger screen': [
    'R0lGODlhFAAeAIIAAAh1Kw8VRLg1wOcZCX36hwHpIy8h8oEmhywCAAMACwATAEADezgzd4ZxBBMoRSSAB0cxeER3hzEUB0gXR4YzEUJYQlGDdwYCeGckhmUVBVhlMYBEFWYYZQSEASRDaDVlgDYBdih0IIJnRURINnSGIRJzOFdngjMhFVhTNIBmNkZYcFSCEzRmeEYggHYHYXg3MYISFwAoAySEFhE0aDQACQA7',
    'a568e0af1aa04164e395d6187bcceaf6f0122f368cf3d1faaf745355e5c2de5d',
  ],
  'a transparent index that a later block does not repeat': [
    'R0lGODlhCQAHAIIAAJrrjqF883h+DtKdHAtj/9cpg3TZvXT8ESH5BAEFAAMAIfkECAUABQAsAgABAAUABAAAAw1YVjaAFHNDOHNDhHEJADs=',
    'd2d36d988e433e3e2043f9f514b6176c75eec21bc58ddf8197d8a46a081931a8',
  ],
  'zeros between its blocks': [
    'R0lGODlhBgAFAIIAAF9y+NUcSskbbQxI1BoeXsnmoDkoVKhhXgAAIfkEAAUAAAAALAAAAAAGAAUAAAMTeEBWhScBQRhlMYZFFnA4dVOVAAA7',
    'd4daaff99028571fa475345a6246660c492fa4bb87f684f8fd0594877142408d',
  ],
  'a second frame of other colours': [
    'R0lGODlhBgAFAIIAAPIP0n7PFMAR7SAfg2MgrbmLqxaGoo2YASwAAAAABgAFAAADExgwcYdGdnIoQDKFdRVjKGMBlwAAIfkEAQUAAgAsAQABAAMAAwCB1//kWHdE1et4PpaWAgZUOBAiQhQAOw==',
    '1c44516959425311f1f889ec1cad97ef6591435496194585718967b05a5b5343',
  ],
  'no trailer': [
    'R0lGODlhBgAFAIIAAI+JvoKFZeB+X314TpBgpyHKgH12M+0SNCwAAAAABgAFAAADEwg3V4A0ATMYJUeAUQNVKDAEkwAA',
    '9165208c4204e7446e5da26fbfb48a72b61b4d918b95e807e68bcd8271f35709',
  ],
};

for (const [name, [file, hash]] of Object.entries(PILLOW_FILES)) {
  test(`a GIF with ${name} has Pillow's pixels`, async () => {
    const result = await decodeImage(Buffer.from(file, 'base64'));
    assert.equal(result.ok ? sha256(result.pixels) : result.code, hash);
  });
}

/** LZW as GIF wants it, with a table that grows to 4,096 and is then kept or cleared. */
function lzw(indices: Uint8Array, minimum: number, clearWhenFull: boolean): Uint8Array {
  const clear = 1 << minimum;
  let [table, bits, held, count] = [new Map<string, number>(), minimum + 1, 0, 0];
  const out: number[] = [];
  const put = (code: number) => {
    held |= code << count;
    for (count += bits; count >= 8; count -= 8, held >>>= 8) out.push(held & 255);
  };
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  let next = clear + 2;
  put(clear);
  let text = '';
  for (const index of indices) {
    const longer = text + String.fromCharCode(index);
    if (longer.length === 1 || table.has(longer)) {
      text = longer;
      continue;
    }
    put(codeOf(text));
    text = String.fromCharCode(index);
    if (next < 4096) {
      table.set(longer, next);
      if (next === 1 << bits && bits < 12) bits += 1;
      next += 1;
    } else if (clearWhenFull) {
      put(clear);
      [table, bits, next] = [new Map<string, number>(), minimum + 1, clear + 2];
    }
  }
  if (text !== '') put(codeOf(text));
  put(clear + 1);
  out.push(held & 255);
  return Uint8Array.from(out);
}

function blocks(data: Uint8Array, minimum: number): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(minimum)];
  for (let at = 0; at < data.length; at += 255)
    parts.push(Uint8Array.of(Math.min(255, data.length - at)), data.subarray(at, at + 255));
  return Buffer.concat([...parts, Uint8Array.of(0)]);
}

test('what an encoder wrote is read to the last pixel, through a full table too', () => {
  const drawn = fc.record({
    minimum: fc.integer({ min: 2, max: 8 }),
    pixels: fc.integer({ min: 1, max: 20_000 }),
    step: fc.constantFrom(0, 1, 7, 2654435761),
    clears: fc.boolean(),
  });
  fc.assert(
    fc.property(drawn, ({ minimum, pixels, step, clears }) => {
      const indices = Uint8Array.from(
        { length: pixels },
        (_, at) => (Math.imul(at, step) >>> 24) & ((1 << minimum) - 1),
      );
      const data = blocks(lzw(indices, minimum, clears), minimum);
      const out = new Uint8Array(pixels);
      assert.equal(readGifPixels(data, 0, out), undefined);
      assert.equal(Buffer.compare(out, indices), 0);
      assert.equal(readGifPixels(data, 0, new Uint8Array(pixels + 1)), 'cut');
    }),
    { numRuns: 60 },
  );
});

test('data that ends early is cut; a code in no table and a size that cannot be are damage', () => {
  // Code size 2: clear, 1, 1, 1, end, in codes of three bits.
  const data = Uint8Array.of(2, 2, 0b01_001_100, 0b0_101_001_0, 0);
  const read = (bytes: Uint8Array, pixels: number) => readGifPixels(bytes, 0, new Uint8Array(pixels));
  assert.equal(read(data, 3), undefined);
  assert.equal(read(data, 9), 'cut');
  assert.equal(read(data.subarray(0, 3), 1), 'cut');
  assert.equal(read(Uint8Array.of(8, 0), 9), 'cut');
  assert.equal(read(Uint8Array.of(255, 1, 1, 0), 9), 'damaged');
  assert.equal(read(Uint8Array.of(2, 2, 0b11_110_100, 0, 0), 9), 'damaged');
  assert.equal(read(new Uint8Array(0), 9), 'cut');
});

/** A screen of 4×2, a global table of 4 colours, one frame. */
const framed = (width: number, height: number, data: readonly number[]) =>
  Uint8Array.from([
    ...Buffer.from('GIF89a'),
    ...[4, 0, 2, 0, 0x81, 0, 0],
    ...Array.from({ length: 12 }, (_, at) => at * 20),
    ...[0x2c, 0, 0, 0, 0, width, 0, height, 0, 0],
    ...data,
  ]);

test('a frame without width or height is E_IMG_TRUNCATED, not a picture of the background', () => {
  const data = [2, 1, 0b101_100, 0, 0x3b];
  for (const [width, height] of [
    [0, 0],
    [0, 2],
    [4, 0],
  ] as const)
    assert.equal(decodeGif(framed(width, height, data), 1e6), 'E_IMG_TRUNCATED');
});

test('the pixels of the canvas count against the most: screen and frame together', () => {
  const bytes = framed(4, 2, [2, 1, 0b101_100, 0, 0x3b]);
  assert.equal(decodeGif(bytes, 7), 'E_IMG_TOO_MANY_PIXELS');
  assert.equal(decodeGif(bytes, 8), 'E_IMG_TRUNCATED');
});

/** The same with an extension before the frame, whose four pixels are black, or the table's second colour. */
const extended = (label: number, ...block: readonly number[]) => {
  const bytes = framed(2, 2, [2, 3, 0x44, 0x02, 0x05, 0, 0x3b]);
  return Uint8Array.from([...bytes.subarray(0, 25), 0x21, label, ...block, ...bytes.subarray(25)]);
};
const answerOf = (bytes: Uint8Array) => {
  const image = decodeGif(bytes, 1e6);
  return typeof image === 'string' ? image : 'pixels';
};

test('a control block that ends before what it says is E_IMG_DECODE, as for Pillow', () => {
  assert.equal(answerOf(extended(0xf9, 4, 1, 0, 0, 1, 0)), 'pixels');
  assert.equal(answerOf(extended(0xf9, 5, 1, 0, 0, 1, 9, 0)), 'pixels');
  assert.equal(answerOf(extended(0xf9, 3, 0, 0, 0, 0)), 'pixels');
  for (const block of [
    [3, 1, 0, 0, 0],
    [2, 0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
  ])
    assert.equal(answerOf(extended(0xf9, ...block)), 'E_IMG_DECODE', String(block));
});

test('behind an empty block other ones are read, but for a comment, as by Pillow', () => {
  for (const label of [0xf9, 0x01, 0xff]) {
    assert.equal(answerOf(extended(label, 0, 0)), 'pixels');
    assert.equal(answerOf(extended(label, 0, 2, 0x2c, 0x2c, 0)), 'pixels');
    assert.equal(answerOf(extended(label, 0)), 'E_IMG_TRUNCATED');
  }
  assert.equal(answerOf(extended(0xfe, 0)), 'pixels');
});
