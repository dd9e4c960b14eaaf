import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosineBetween, sha256 } from '@verger/core';
import { noInt8 } from '@verger/testkit/int8';
import { createExtractor } from '../network/extractor.ts';
import { probePixels } from '../probes/numeric-class.ts';
import { PROBE_IMAGES } from '../probes/probe-images.ts';
import { prepareCalibration, prepareNetwork } from '../weights/prepare.ts';
import { untrainedWeights } from '../weights/untrained-weights.ts';
import { encodeCalibration, heldFeatures, readCalibration } from './calibration.ts';
import { createCalibrator } from './calibrator.ts';
import { buildQuantisedNetwork } from './quantised-network.ts';

const SOURCE = { kind: 'untrained', seed: 3 } as const;

/** The probes, and noise: four images that are not alike. */
async function somePixels(): Promise<Uint8Array[]> {
  const noise = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => (at * 2654435761) >>> 24);
  return [...(await Promise.all(PROBE_IMAGES.map(probePixels))), noise];
}

async function calibrate() {
  const [pixels, { network, fingerprint }] = [await somePixels(), await prepareNetwork(SOURCE)];
  const calibrator = await createCalibrator((await prepareCalibration(SOURCE)).network);
  const measured = [];
  for (const image of pixels) measured.push(await calibrator.measure(image));
  await calibrator.close();
  const bytes = encodeCalibration({
    weightsSha256: fingerprint.weightsSha256,
    calibrated: measured.map(({ ranges }, index) => ({ path: `${index}.png`, ranges })),
    held: measured.map(({ features }, row) => ({ row, path: `${row}.png`, bytes: 9, features })),
  });
  return { pixels, network, fingerprint, measured, bytes };
}

test('a calibration measures the float32 network, and int8 features point where its features do', {
  skip: noInt8,
}, async () => {
  const { pixels, network, fingerprint, measured, bytes } = await calibrate();
  const float32 = await createExtractor({ network, fingerprint });
  const int8 = await createExtractor(await prepareNetwork({ ...SOURCE, calibration: bytes }));
  try {
    for (const [index, image] of pixels.entries()) {
      const [exact, { features, ranges }] = [await float32.infer(image), measured[index]!];
      const rounded = await int8.infer(image);
      assert.ok(exact.every((value, at) => Math.abs(value - features[at]!) < 1e-4));
      // The means of the last tensor are the features: both are an average over its places.
      const last = ranges.means.subarray(-1280);
      assert.ok(exact.every((value, at) => Math.abs(value - last[at]!) < 1e-4));
      assert.ok(
        cosineBetween(exact, rounded) > 0.97,
        `cosine ${cosineBetween(exact, rounded)} of image ${index}`,
      );
      assert.ok(rounded.every((value) => value >= 0 && value <= 6));
      assert.notDeepEqual(rounded, exact);
    }
    assert.notEqual(int8.numericClass, float32.numericClass);
  } finally {
    await Promise.all([float32.close(), int8.close()]);
  }
});

test('the same images give the same calibration, and it the same network and fingerprint', async () => {
  const { bytes, fingerprint, measured } = await calibrate();
  const again = await calibrate();
  assert.equal(sha256(again.bytes), sha256(bytes));
  const one = await prepareNetwork({ ...SOURCE, calibration: bytes });
  const other = await prepareNetwork({ ...SOURCE, calibration: again.bytes });
  assert.equal(sha256(one.network), sha256(other.network));
  const added = { precision: 'int8', calibrationSha256: sha256(bytes) };
  assert.deepEqual(one.fingerprint, { ...fingerprint, ...added });
  const calibration = readCalibration(bytes);
  assert.deepEqual(calibration.held.at(-1), { row: 3, path: '3.png', bytes: 9 });
  const kept = heldFeatures(calibration);
  assert.ok(measured[2]!.features.every((value, at) => Math.abs(value - kept[2 * 1280 + at]!) <= 2 ** -14));
});

test('what is no calibration of these weights is refused', async () => {
  const { bytes } = await calibrate();
  const refused = async (calibration: Uint8Array, code: string) =>
    await assert.rejects(prepareNetwork({ ...SOURCE, calibration }), { code });
  const changed = (change: (record: { [field: string]: unknown }) => void) => {
    const record = JSON.parse(Buffer.from(bytes).toString()) as { [field: string]: unknown };
    change(record);
    return Buffer.from(JSON.stringify(record));
  };
  await refused(bytes.subarray(0, 1000), 'E_CALIBRATION');
  await refused(
    changed((record) => Object.assign(record, { heldFeatures: 'AAAA' })),
    'E_CALIBRATION',
  );
  await refused(
    changed((record) => Object.assign(record, { images: [] })),
    'E_CALIBRATION',
  );
  await refused(
    changed((record) => Object.assign(record, { weightsSha256: '0'.repeat(64) })),
    'E_WEIGHTS_OTHER',
  );
  const good = readCalibration(bytes);
  const [first, ...others] = good.ranges;
  const row = { row: 0, path: 'a', bytes: 9 };
  for (const [what, spoilt] of Object.entries<object>({
    'too great': { ranges: [{ ...first, max: 1e7 }, ...others] },
    'min above max': { ranges: [{ ...first, min: 3, max: 2 }, ...others] },
    'a tensor twice': { ranges: [...good.ranges, first] },
    'a tensor missing': { ranges: others },
    'a mean missing': { ranges: [{ ...first, means: [] }, ...others] },
    'rows not ascending': { held: [row, row], heldFeatures: Buffer.alloc(2 * 1280 * 2).toString('base64') },
    'too many held': {
      held: Array.from({ length: 129 }, (_, at) => ({ ...row, row: at })),
      heldFeatures: Buffer.alloc(129 * 1280 * 2).toString('base64'),
    },
    'too many images': { images: Array.from({ length: 10_001 }, String) },
  })) {
    const record = Buffer.from(JSON.stringify({ ...good, ...spoilt }));
    assert.throws(() => readCalibration(record), { code: 'E_CALIBRATION' }, what);
  }
  const narrow = good.ranges.map((range) => ({ ...range, min: 0, max: 1e-30 }));
  assert.throws(() => buildQuantisedNetwork(untrainedWeights(3), narrow), {
    ...{ code: 'E_CALIBRATION', message: /too narrow/ },
  });
  const features = new Float32Array(1280).fill(7.99999);
  const calibrated = [{ path: 'a', ranges: (await calibrate()).measured[0]!.ranges }];
  const most = encodeCalibration({
    weightsSha256: good.weightsSha256,
    calibrated,
    held: [{ ...row, features }],
  });
  assert.ok(heldFeatures(readCalibration(most)).every((value) => value > 7.9));
  const ranges = good.ranges.slice(2);
  assert.throws(() => buildQuantisedNetwork(untrainedWeights(3), ranges), { code: 'E_CALIBRATION' });
  assert.throws(() => encodeCalibration({ weightsSha256: '', calibrated: [], held: [] }), {
    code: 'E_CALIBRATION',
  });
});
