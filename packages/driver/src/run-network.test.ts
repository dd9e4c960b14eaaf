import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '@verger/core';
import { encodeCalibration, prepareNetwork } from '@verger/features/weights';
import type { ListingSpool } from '@verger/listing';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { openImages } from './find-run.ts';
import { openDriver, resolveOptions } from './open-driver.ts';
import { startRunNetwork } from './run-network.ts';

/** More than there are tensors and channels. */
const numbers = (value: number) => new Float32Array(100_000).fill(value);

test('a run with a name takes the calibration that is there under it, if that is of its weights', async (t) => {
  const output = await temporaryFolder(t);
  const { fingerprint } = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const ranges = { least: numbers(0), greatest: numbers(6), means: numbers(1) };
  const bytes = (weightsSha256: string) =>
    encodeCalibration({ weightsSha256, calibrated: [{ path: 'a.jpg', ranges }], held: [] });
  const own = bytes(fingerprint.weightsSha256);
  for (const [name, written] of [
    ['own', own],
    ['other', bytes('0'.repeat(64))],
    ['bad', Buffer.from('{}')],
  ] as const) {
    await mkdir(join(output, name));
    await writeFile(join(output, name, 'calibration.json'), written);
  }
  const driver = openDriver();
  t.after(async () => await driver.close());
  const networkOf = async (name: string) => {
    const options = resolveOptions({ output, name, weights: 'untrained', precision: 'int8', processes: 1 });
    const images = openImages(driver, { images: output, extraction: options.extraction });
    const making = await startRunNetwork(driver, { ...options, images, otherwise: 'untrained' });
    const nothing = { read: async function* () {} } as unknown as ListingSpool;
    return await making.networkFor(nothing).finally(() => making.close());
  };
  const { calibration, fingerprint: made } = await networkOf('own');
  assert.deepEqual([made.calibrationSha256, made.precision], [sha256(own), 'int8']);
  assert.deepEqual(Buffer.from(calibration ?? []), own);
  for (const name of ['other', 'bad', 'none'])
    await assert.rejects(networkOf(name), { code: 'E_CALIBRATION', message: /No listed image/ }, name);
});
