import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Extractor, FEATURE_LIMIT, FEATURES, fingerprintSchema } from '@verger/core';
import { PROBE_IMAGES } from '@verger/features';

const files = PROBE_IMAGES.map(({ file }) => Buffer.from(file, 'base64'));

async function pixelsOf(extractor: Extractor, bytes: Uint8Array): Promise<Uint8Array> {
  const result = await extractor.decode(bytes);
  assert.ok(result.ok, result.ok ? '' : result.code);
  return result.pixels;
}

function infersAsPromised(extractor: () => Extractor): void {
  test('an image gives 1,280 features, each a number in [0, 8), and not all the same', async () => {
    for (const file of files) {
      const features = await extractor().infer(await pixelsOf(extractor(), file));
      assert.ok(features instanceof Float32Array);
      assert.equal(features.length, FEATURES);
      assert.ok(features.every((value) => value >= 0 && value < FEATURE_LIMIT));
      assert.ok(new Set(features).size > FEATURES / 4);
    }
  });

  test('the same pixels give the same bits, alone, again and between others', async () => {
    const [first, second] = await Promise.all(files.map((file) => pixelsOf(extractor(), file)));
    assert.ok(first && second);
    const alone = await extractor().infer(first);
    const together = await Promise.all([first, second, first].map((pixels) => extractor().infer(pixels)));
    assert.deepEqual(together[0], alone);
    assert.deepEqual(together[2], alone);
    assert.notDeepEqual(together[1], alone);
  });

  test('features are a copy of their own: the next image does not change them', async () => {
    const [first, second] = await Promise.all(files.map((file) => pixelsOf(extractor(), file)));
    assert.ok(first && second);
    const features = await extractor().infer(first);
    const kept = features.slice();
    await extractor().infer(second);
    assert.deepEqual(features, kept);
    assert.equal(features.byteLength, features.buffer.byteLength);
  });

  test('pixels are not changed by inference, and a wrong number of them is an error', async () => {
    const pixels = await pixelsOf(extractor(), files[0]!);
    const kept = pixels.slice();
    await extractor().infer(pixels);
    assert.deepEqual(pixels, kept);
    await assert.rejects(extractor().infer(pixels.subarray(3)));
  });
}

function decodesAsPromised(extractor: () => Extractor): void {
  test('an image decodes to 224×224×3 bytes, the same every time', async () => {
    for (const file of files) {
      const pixels = await pixelsOf(extractor(), file);
      assert.equal(pixels.length, 224 * 224 * 3);
      assert.deepEqual(await pixelsOf(extractor(), file), pixels);
    }
  });

  test('a bad image is a value with its code, and the next good one is well', async () => {
    const jpeg = files[0]!;
    const bad = [
      [new Uint8Array(), 'E_IMG_EMPTY'],
      [jpeg.subarray(0, 500), 'E_IMG_TRUNCATED'],
      [Buffer.from('this is a text'), 'E_IMG_UNSUPPORTED'],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'E_IMG_FORMAT_DENIED'],
    ] as const;
    for (const [bytes, code] of bad) {
      assert.deepEqual(await extractor().decode(bytes), { ok: false, code });
      assert.equal((await extractor().decode(jpeg)).ok, true);
    }
  });
}

/** What every Extractor keeps, whatever its engine. `create` gives a new one, which the battery closes. */
export function extractorContract(name: string, create: () => Promise<Extractor>): void {
  describe(`extractor contract: ${name}`, () => {
    let opened: Extractor | undefined;
    const extractor = (): Extractor => {
      assert.ok(opened, 'the extractor was made');
      return opened;
    };
    before(async () => {
      opened = await create();
    });
    after(() => opened?.close());

    decodesAsPromised(extractor);
    infersAsPromised(extractor);

    test('it says what it is, and another one made the same way says the same', async () => {
      fingerprintSchema.parse(extractor().fingerprint);
      assert.match(extractor().numericClass, /^[0-9a-f]{16}$/);
      const twin = await create();
      assert.deepEqual(twin.fingerprint, extractor().fingerprint);
      assert.equal(twin.numericClass, extractor().numericClass);
      const pixels = await pixelsOf(twin, files[1]!);
      assert.deepEqual(await twin.infer(pixels), await extractor().infer(pixels));
      await twin.close();
    });

    test('close may be called again, and afterwards nothing is inferred', async () => {
      const closed = await create();
      const pixels = await pixelsOf(closed, files[0]!);
      await closed.close();
      await closed.close();
      await assert.rejects(closed.infer(pixels));
    });
  });
}
