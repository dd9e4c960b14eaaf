import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import { decodeImage } from './decode-image.ts';
import { cmykToRgb } from './to-rgb.ts';

test("inks become Pillow's colours", () => {
  const inks = [
    [0, 0, 0, 0],
    [255, 0, 0, 0],
    [0, 255, 0, 128],
    [10, 20, 30, 255],
    [100, 50, 20, 30],
    [128, 128, 128, 128],
  ];
  // What Pillow 13.0's Image.fromarray(inks, "CMYK").convert("RGB") gives.
  const colours = [
    [255, 255, 255],
    [0, 255, 255],
    [127, 0, 127],
    [0, 0, 0],
    [137, 181, 207],
    [63, 63, 63],
  ];
  assert.deepEqual([...cmykToRgb(Uint8Array.from(inks.flat()))], colours.flat());
});

/** An 8×6 CMYK JPEG by Pillow 13.0, stored inverted as Adobe does. */
const INVERTED =
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK' +
  '/8AAFAgABgAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFB' +
  'BhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqS' +
  'k5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD1j/g4j/5j' +
  'v/bT+tWP+Ijv4/f88NU/8CF/+Kr9If8Ago7+3143/Zc+3/8ACNpcn7Nu2+S4HT8a/Q79qT9oHXP9J+WXv/FX/9k=';

test('an Adobe CMYK JPEG, whose inks are stored inverted, has the pixels that Pillow gives it', async () => {
  const result = await decodeImage(Buffer.from(INVERTED, 'base64'));
  assert.equal(
    result.ok && sha256(result.pixels),
    '130f521296a31d895725847c536444f2091b270709c23d0338b20aa1ce041d19',
  );
});
