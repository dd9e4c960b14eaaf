import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type EngineName, sha256, VergerError } from '@verger/core';
import { decodeRaw } from '../decode/sharp.ts';
import { engineVersions, releaseVersion } from '../network/engine.ts';
import { featuresInRange } from '../network/extractor.ts';
import { float32Bytes } from '../network/onnx-model.ts';
import { sharpVersions } from '../versions.ts';
import { numericClassOf, probePixels } from './numeric-class.ts';
import { PROBE_FEATURES } from './probe-features.ts';
import { PROBE_IMAGES } from './probe-images.ts';
import { probeWeights } from './probe-weights.ts';

const ENGINE = { name: 'onnxruntime', version: '1.2.3' } as const;

/** The drawing in all three probes: a striped disc on gradients. */
function drawn(): Uint8Array {
  const rgb = new Uint8Array(48 * 40 * 3);
  for (let at = 0; at < 48 * 40; at += 1) {
    const [x, y] = [at % 48, Math.floor(at / 48)];
    const distance = (x - 18) ** 2 + (y - 21) ** 2;
    const stripe = (x * 3 + y * 2) % 11 < 4 ? 40 : 90;
    const disc = [220 - ((distance * 3) >> 3), stripe, 30 + x * 2];
    rgb.set(distance < 196 ? disc : [(x * 5) % 256, (y * 6) % 256, 255 - ((x * y) >> 3)], at * 3);
  }
  return rgb;
}

test('the PNG probe is the drawing, the others are near it', async () => {
  const picture = drawn();
  for (const { format, file } of PROBE_IMAGES) {
    const raw = await decodeRaw(Buffer.from(file, 'base64'), { kind: 'rgb', maxPixels: 1e4 });
    const error =
      raw.data.reduce((sum, value, at) => sum + Math.abs(value - picture[at]!), 0) / picture.length;
    assert.ok(format === 'png' ? error === 0 : error > 0 && error < 12, `${format} is off by ${error}`);
  }
});

test('every probe decodes to its known pixels; another image in its place is E_NUMERIC_CLASS', async () => {
  const [jpeg, png] = PROBE_IMAGES;
  for (const probe of PROBE_IMAGES) assert.equal(sha256(await probePixels(probe)), probe.pixelsSha256);
  const swapped = { ...png, file: jpeg.file };
  await assert.rejects(
    probePixels(swapped),
    (error) => error instanceof VergerError && error.code === 'E_NUMERIC_CLASS',
  );
});

test('one bit of one feature, or a calibration, makes another numeric class', async () => {
  const features = Float32Array.from({ length: 1280 }, (_, at) => at / 300);
  const classOf = (seen: Float32Array, fingerprint = {}) =>
    numericClassOf(async () => seen, { engine: ENGINE, fingerprint });
  const plain = await classOf(features);
  assert.match(plain, /^[0-9a-f]{16}$/);
  assert.equal(await classOf(features.slice()), plain);
  const changed = features.slice();
  new Int32Array(changed.buffer)[700]! ^= 1;
  assert.notEqual(await classOf(changed), plain);
  assert.notEqual(await classOf(features, { calibrationSha256: 'c'.repeat(64) }), plain);
});

test('each engine and each version of it has a class; that of onnxruntime is the one of release 0.2', async () => {
  const features = Float32Array.from({ length: 1280 }, (_, at) => at / 300);
  const classOf = (name: EngineName, version: string) =>
    numericClassOf(async () => features, { engine: { name, version }, fingerprint: {} });
  const digest = createHash('sha256');
  digest.update(JSON.stringify([releaseVersion(), '1.2.3', process.arch]));
  for (const probe of PROBE_IMAGES) digest.update(await probePixels(probe)).update(float32Bytes(features));
  assert.equal(await classOf('onnxruntime', '1.2.3'), digest.digest('hex').slice(0, 16));
  const classes = await Promise.all([
    classOf('onnxruntime', '1.2.3'),
    classOf('onnxruntime', '1.2.4'),
    classOf('tfjs', '1.2.3'),
    classOf('tfjs-node', '1.2.3'),
  ]);
  assert.equal(new Set(classes).size, 4);
});

test('the known features pass the weights probe; off by over 1e-3, or NaN, they do not', async () => {
  const known = Buffer.from(PROBE_FEATURES, 'base64');
  const features = Float32Array.from({ length: 1280 }, (_, at) => known.readUInt16LE(at * 2) / 1e4);
  const judged = (change: (copy: Float32Array) => void, precision?: 'int8') => {
    const copy = features.slice();
    change(copy);
    return probeWeights({ infer: async () => copy, fingerprint: { precision } });
  };
  const same = await judged(() => undefined);
  assert.ok(same.ok && same.maxAbsDifference < 1e-6);
  assert.equal((await judged((copy) => copy.fill(copy[1279]! + 0.0009, 1279))).ok, true);
  const far = await judged((copy) => copy.fill(copy[1279]! + 0.0011, 1279));
  assert.ok(!far.ok && far.maxAbsDifference > 0.001);
  assert.equal((await judged((copy) => copy.fill(Number.NaN, 0, 1))).ok, false);
  const nearly = await judged((copy) => copy.fill(copy[1279]! + 0.3, 1279), 'int8');
  assert.ok(nearly.ok && nearly.maxAbsDifference > 0.2, 'int8 is held to the direction only');
  assert.equal((await judged((copy) => copy.reverse(), 'int8')).ok, false);
});

test('features are in range up to 8, not at 8, below 0 or without a value', () => {
  assert.equal(featuresInRange(Float32Array.of(0, 7.9999, 3)), true);
  for (const bad of [8, -0.001, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(featuresInRange(Float32Array.of(1, bad)), false, String(bad));
});

test('versions are numbers with dots', () => {
  for (const version of [...Object.values(sharpVersions()), ...Object.values(engineVersions())])
    assert.match(version, /^\d+\.\d+\.\d+/);
});
