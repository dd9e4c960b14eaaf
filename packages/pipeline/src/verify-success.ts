import { type Storage, type Success, VergerError } from '@verger/core';
import { forEachBounded } from './bounded.ts';
import { requireFile, sha256Async } from './records.ts';
import { FILES_AT_ONCE } from './stage-context.ts';
import { readSuccess } from './submit.ts';

/**
 * A finished run's `_SUCCESS`, after every data file was read and its hash compared; undefined when the run is not finished
 * as its newest epoch asks. Cost: one read of every data file. Errors: E_PART_CORRUPT naming the first file that is not what it was.
 */
export async function verifySuccess(store: Storage): Promise<Success | undefined> {
  const success = await readSuccess(store);
  if (success === undefined) return undefined;
  await forEachBounded(Object.entries(success.files), FILES_AT_ONCE, async ([file, expected]) => {
    const bytes = await requireFile(store, file);
    if (bytes.byteLength === expected.bytes && (await sha256Async(bytes)) === expected.sha256) return;
    const location = `${store.describe()}/${file}`;
    throw new VergerError(
      'E_PART_CORRUPT',
      { location },
      { detail: 'Its sha256 is not the one in _SUCCESS.' },
    );
  });
  return success;
}
