import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareNetwork, UNTRAINED_SEED } from '@verger/features';
import { readCalibration } from '@verger/features/weights';
import { createLogger } from '@verger/runtime';
import { drawings } from '@verger/testkit/images';
import { noInt8 } from '@verger/testkit/int8';
import { measureProcesses } from './tune.ts';
import { calibrateOn } from './tune-int8.ts';

const MIB = 2 ** 20;
const logger = createLogger({ level: 'silent', json: false });
const OPTIONS = { processes: 1, childMemoryBytes: 1024 * MIB, imageCpuSeconds: 60, logger };
const { signal } = new AbortController();

test('real children are measured, and none is left', async () => {
  const images = await drawings(8);
  const network = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const measured = await measureProcesses({ ...OPTIONS, init: network }, { images, seconds: 0.2, signal });
  assert.ok(measured.imagesPerSecond > 0);
  assert.ok(measured.coresUsed > 0);
  assert.ok((measured.childBytes[0] ?? 0) > 30 * MIB);
});

test('the int8 network is calibrated on those images that can be decoded, and measured', {
  skip: noInt8,
}, async () => {
  const images = await drawings(4);
  const source = { kind: 'untrained', seed: UNTRAINED_SEED } as const;
  const bad = Buffer.from('not an image');
  const calibration = await calibrateOn(OPTIONS, { source, images: [bad, ...images], signal });
  assert.equal(readCalibration(calibration).images.length, 4);
  const init = await prepareNetwork({ ...source, calibration });
  assert.equal(init.fingerprint.precision, 'int8');
  const measured = await measureProcesses({ ...OPTIONS, init }, { images, seconds: 0.2, signal });
  assert.ok(measured.imagesPerSecond > 0);
  await assert.rejects(calibrateOn(OPTIONS, { source, images: [bad], signal }), { code: 'E_CALIBRATION' });
});
