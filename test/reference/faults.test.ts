import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type DecodeLimits, sha256 } from '@verger/core';
import { decodeImage } from '@verger/features';
import { sharedFile, sharedFolder, sharedTest } from '@verger/testkit/shared';

/**
 * The small inputs of `../shared/faults/images` and their right answers: the digest of Pillow 13's pixels, or
 * a code.
 */
const RIGHT: Readonly<Record<string, string>> = {
  'png-window-too-small.png': '12e8bd328f1f2546acc1891b790a412c275ec43606114c38021f20b93e37ed83',
  'jpeg-progressive-scans-repeated.jpg': '8b820a2f1342aded1bf9e547c4bd5c03ece0760521a839ec32398c919e03385d',
  'png-text-before-header.png': 'E_IMG_DECODE',
  'png-apple-cgbi.png': 'E_IMG_DECODE',
  'gif-pixel-beyond-table.gif': 'ee0b9f9bab9bdaac24129ff555704f82af73c4c695dace80325841898f1c39f5',
  'gif-frame-of-0x0.gif': 'E_IMG_TRUNCATED',
  'jpeg-marker-inside-scan.jpg': 'E_IMG_DECODE',
  'png-16-bit-grey-up-to-255.png': 'ee585cbbdee345f99e0c8be8411d519cc7635c944255d0cc4df39c1b06b24d17',
  'png-idat-crc-wrong.png': 'E_IMG_DECODE',
  'png-50.4-megapixels.png': 'E_IMG_TOO_MANY_PIXELS',
  'bmp-named.jpg': 'E_IMG_FORMAT_DENIED',
};

const absent = sharedFolder === undefined || !existsSync(sharedFile('faults/images'));
const faultTest = (name: string, body: () => Promise<void>) =>
  absent && sharedFolder !== undefined
    ? test(name, { skip: 'needs ../shared/faults' }, body)
    : sharedTest(name, body);

async function answerOf(name: string, limits?: DecodeLimits): Promise<string> {
  const bytes = await readFile(sharedFile(`faults/images/${name}`));
  const result = await decodeImage(bytes, undefined, limits);
  return result.ok ? sha256(result.pixels) : result.code;
}

for (const [name, right] of Object.entries(RIGHT))
  faultTest(`${name} has its right answer`, async () => assert.equal(await answerOf(name), right));

faultTest("50.4 megapixels have Pillow's pixels where --max-pixels allows them", async () => {
  const right = '516d08ac4ae610d818a9d9ca8d57cbd88116d6423333534c25a9cdd87912a4fa';
  assert.equal(await answerOf('png-50.4-megapixels.png', { maxPixels: 64_000_000 }), right);
});
