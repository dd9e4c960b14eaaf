import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goodImages, planFolder, temporaryFolder, writeFiles } from '@verger/testkit/run-harness';
import { differencesOf } from './unfinished-runs.ts';

test('another precision is one difference, in the words of the option', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(4));
  const { manifest: float32 } = await planFolder(t, folder);
  const int8Of = (calibrationSha256: string): typeof float32 => ({
    ...float32,
    fingerprint: { ...float32.fingerprint, precision: 'int8', calibrationSha256 },
  });
  const [int8, other] = [int8Of('a'.repeat(64)), int8Of('b'.repeat(64))];
  assert.deepEqual(differencesOf(float32, int8), ['--precision: float32 -> int8']);
  assert.deepEqual(differencesOf(int8, float32), ['--precision: int8 -> float32']);
  assert.match(differencesOf(int8, other).join(), /^fingerprint\.calibrationSha256: "a{64}" -> "b{64}"/);
});
