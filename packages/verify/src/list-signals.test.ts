import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Storage } from '@verger/core';
import { checkCopyTarget, checkImagesRoot } from '@verger/listing';
import { checkUncancelled, readRunFolder } from '@verger/run';
import type { StageContext } from '@verger/stages';

/** A storage that gives no list until the signal of the call ends it. */
function silentStorage(): Storage {
  const unused = async () => await Promise.reject(new Error('this storage only lists'));
  return {
    describe: () => 's3://bucket',
    list: async function* ({ signal } = {}) {
      await new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      yield* [];
    },
    ...{ read: unused, create: unused, replace: unused, remove: unused },
  };
}

async function* noImages() {}

const LISTS: Readonly<Record<string, (storage: Storage, signal: AbortSignal) => Promise<unknown>>> = {
  checkImagesRoot,
  readRunFolder,
  checkCopyTarget: async (to, signal) => await checkCopyTarget(to, noImages(), signal),
  checkUncancelled: async (store, signal) =>
    await checkUncancelled({ run: { store, epoch: 1 } as StageContext['run'], signal }),
};

for (const [name, list] of Object.entries(LISTS)) {
  test(`${name} ends with its signal while it waits for a list`, async () => {
    const abort = new AbortController();
    const ended = assert.rejects(list(silentStorage(), abort.signal), /enough/);
    setImmediate(() => abort.abort(new Error('enough')));
    await ended;
  });
}
