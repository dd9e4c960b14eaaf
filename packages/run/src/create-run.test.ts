import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256, VergerError } from '@verger/core';
import { openLocalStorage } from '@verger/storage';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { FINGERPRINT } from '@verger/testkit/rows';
import {
  bytesOf,
  CLOCK,
  FINISH,
  goodImages,
  hashesOf,
  keysOf,
  planFolder,
  temporaryFolder,
  WORKER,
  writeFiles,
} from '@verger/testkit/run-harness';
import { copiedListing, createRun, spoolFiles } from './create-run.ts';
import { newestEpoch, openEpoch, readEpoch, requireEpoch } from './epochs.ts';
import { readManifest } from './manifest.ts';
import { readCalibrationFile } from './records.ts';

async function planned(t: TestContext, count = 6) {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(count));
  const plan = await planFolder(t, folder, { extraction: { partitions: 3 }, name: 'x' });
  const store = openLocalStorage(join(await temporaryFolder(t), 'x'));
  return { ...plan, store, folder };
}

const LISTING = [0, 1, 2].map((part) => `listing/part-0000${part}.jsonl`);

test('a run is created as listing, then manifest, and the listing is checked once more', async (t) => {
  const { store, manifest, spool } = await planned(t);
  const watched = faultyStorage(store, {});
  assert.equal(await createRun(watched, manifest, spool), 'created');
  const keys = (writes: boolean) =>
    watched.calls.filter(({ write }) => write > 0 === writes).map(({ key }) => key);
  assert.deepEqual(keys(true), [...LISTING, 'manifest.json']);
  assert.deepEqual(keys(false), ['manifest.json', ...LISTING]);
  assert.deepEqual(await readManifest(store), manifest);
  const hashes = await hashesOf(store);
  assert.deepEqual(
    LISTING.map((file) => hashes[file]),
    manifest.partitions.map(({ sha256 }) => sha256),
  );
});

test('a part that another submission replaced before the manifest is put right', async (t) => {
  const { store, manifest, spool } = await planned(t);
  const spoilt = faultyStorage(store, {
    before: async ({ kind, key }) => {
      if (kind === 'create' && key === 'manifest.json')
        await store.replace('listing/part-00001.jsonl', Buffer.from('other'));
    },
  });
  assert.equal(await createRun(spoilt, manifest, spool), 'created');
  const hashes = await hashesOf(store);
  assert.equal(hashes['listing/part-00001.jsonl'], manifest.partitions[1]?.sha256);
});

test('the same run is joined, and nothing is written', async (t) => {
  const { store, manifest, spool } = await planned(t);
  await createRun(store, manifest, spool);
  const watched = faultyStorage(store, {});
  assert.equal(await createRun(watched, manifest, spool), 'joined');
  assert.deepEqual(
    watched.calls.filter(({ write }) => write > 0),
    [],
  );
});

test('another run at the same place is a conflict, told field by field, and stays as it is', async (t) => {
  const { store, manifest, spool, folder } = await planned(t);
  await createRun(store, manifest, spool);
  const before = await hashesOf(store);
  const other = await planFolder(t, folder, {
    extraction: { partitions: 2 },
    pca: { standardise: true },
    name: 'x',
  });
  await assert.rejects(createRun(store, other.manifest, other.spool), (error) => {
    assert.ok(error instanceof VergerError);
    assert.equal(error.code, 'E_RUN_CONFLICT');
    assert.equal(error.exit, 4);
    assert.match(error.message, /extraction\.partitions: 3 -> 2/);
    assert.match(error.message, /pca\.standardise: false -> true/);
    return true;
  });
  assert.deepEqual(await hashesOf(store), before);
});

test('listing parts of a submission that died are mended', async (t) => {
  const { store, manifest, spool } = await planned(t);
  await store.create(LISTING[1]!, Buffer.from('{"path":"of another listing"}\n'));
  assert.equal(await createRun(store, manifest, spool), 'created');
  assert.equal((await hashesOf(store))[LISTING[1]!], manifest.partitions[1]?.sha256);
});

test('a submission killed before any of its writes leaves no run, and the next makes it', async (t) => {
  for (let killedAt = 1; killedAt <= 4; killedAt += 1) {
    const { store, manifest, spool } = await planned(t);
    const dying = faultyStorage(store, {
      before: ({ write }) => {
        if (write >= killedAt) throw new VergerError('E_OUTPUT_FULL');
      },
    });
    await assert.rejects(createRun(dying, manifest, spool), { code: 'E_OUTPUT_FULL' });
    assert.equal(await readManifest(store), undefined);
    assert.equal(await createRun(store, manifest, spool), 'created');
    const hashes = await hashesOf(store);
    assert.deepEqual(
      LISTING.map((file) => hashes[file]),
      manifest.partitions.map(({ sha256 }) => sha256),
    );
  }
});

test('of two submissions of one run at once both have it', async (t) => {
  const { store, manifest, spool } = await planned(t);
  const outcomes = await Promise.all([createRun(store, manifest, spool), createRun(store, manifest, spool)]);
  assert.deepEqual(outcomes.sort(), ['created', 'joined']);
});

test('of two runs at once under one name one is refused; the other’s listing stays whole', async (t) => {
  const { store, manifest, spool, folder } = await planned(t);
  const other = await planFolder(t, folder, { extraction: { partitions: 2 }, name: 'x' });
  const late = faultyStorage(store, {
    before: async ({ write, key }) => {
      // The first run comes to be whole between the second's look for a manifest and its first write.
      if (write === 1 && key === LISTING[0]) await createRun(store, manifest, spool);
    },
  });
  await assert.rejects(createRun(late, other.manifest, other.spool), { code: 'E_RUN_CONFLICT' });
  const hashes = await hashesOf(store);
  assert.deepEqual(
    LISTING.map((file) => hashes[file]),
    manifest.partitions.map(({ sha256 }) => sha256),
  );
});

test('a manifest that was changed by hand is refused', async (t) => {
  const { store, manifest, spool } = await planned(t);
  await createRun(store, manifest, spool);
  const text = Buffer.from(await bytesOf(store, 'manifest.json')).toString('utf8');
  await store.replace('manifest.json', Buffer.from(text.replace('0.75', '0.95')));
  await assert.rejects(createRun(store, manifest, spool), { code: 'E_RUN_CORRUPT', message: /self-hash/ });
});

test('epochs count up, and of submissions at once each gets its own', async (t) => {
  const { store, manifest, spool } = await planned(t);
  await createRun(store, manifest, spool);
  assert.equal(await newestEpoch(store), 0);
  assert.equal(await readEpoch(store), undefined);
  await assert.rejects(requireEpoch(store), { code: 'E_RUN_CORRUPT' });
  const open = () => openEpoch(store, { cause: 'run', finish: FINISH, by: WORKER, at: CLOCK.now() });
  const opened = await Promise.all([open(), open(), open()]);
  assert.deepEqual(opened.map(({ epoch }) => epoch).sort(), [1, 2, 3]);
  assert.equal((await requireEpoch(store)).epoch, 3);
  assert.equal((await keysOf(store, 'epochs/')).length, 3);
});

test('an epoch after one with --strict has it, too', async (t) => {
  const { store, manifest, spool } = await planned(t);
  await createRun(store, manifest, spool);
  const asked = { cause: 'run', finish: FINISH, by: WORKER, at: CLOCK.now() } as const;
  assert.equal((await openEpoch(store, asked)).strict, undefined);
  assert.equal((await openEpoch(store, { ...asked, strict: true })).strict, true);
  assert.equal((await openEpoch(store, asked)).strict, true);
});

test('a calibration of another submission is never replaced: the later one is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(6));
  const store = openLocalStorage(join(await temporaryFolder(t), 'x'));
  const submission = async (text: string) => {
    const calibration = Buffer.from(text);
    const int8 = { precision: 'int8', calibrationSha256: sha256(calibration) } as const;
    const fingerprint = { ...FINGERPRINT, ...int8 };
    const { manifest, spool } = await planFolder(t, folder, { fingerprint, name: 'x' });
    return { manifest, files: spoolFiles(manifest, spool, { calibration }) };
  };
  const [first, second] = [await submission('first'), await submission('second')];
  // The first one has written its calibration, and not yet its manifest.
  await store.create('calibration.json', Buffer.from('first'));
  await assert.rejects(createRun(store, second.manifest, second.files), {
    ...{ code: 'E_RUN_CONFLICT', message: /calibration\.json is there with other bytes/ },
  });
  assert.equal(await createRun(store, first.manifest, first.files), 'created');
  assert.equal(Buffer.from(await bytesOf(store, 'calibration.json')).toString(), 'first');
  await assert.rejects(createRun(store, second.manifest, second.files), {
    ...{
      code: 'E_RUN_CONFLICT',
      message: /calibrationSha256.*another machine or other images: use `resume`/,
    },
  });
});

test('a calibration is frozen before the manifest, and goes with a copied listing, checked', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(6));
  const calibration = Buffer.from('a calibration');
  const int8 = { precision: 'int8', calibrationSha256: sha256(calibration) } as const;
  const fingerprint = { ...FINGERPRINT, ...int8 };
  const { manifest, spool } = await planFolder(t, folder, { fingerprint, name: 'x' });
  const store = openLocalStorage(join(await temporaryFolder(t), 'x'));
  const watched = faultyStorage(store, {});
  await createRun(watched, manifest, spoolFiles(manifest, spool, { calibration }));
  const written = watched.calls.filter(({ write }) => write > 0).map(({ key }) => key);
  assert.deepEqual(written.slice(0, written.indexOf('manifest.json')), [
    'calibration.json',
    'listing/part-00000.jsonl',
  ]);
  const copy = openLocalStorage(join(await temporaryFolder(t), 'x'));
  await createRun(copy, manifest, copiedListing({ manifest, store }));
  const copied = await readCalibrationFile({ manifest, store: copy });
  assert.deepEqual(Buffer.from(copied ?? []), calibration);
  await store.replace('calibration.json', Buffer.from('another'));
  const other = openLocalStorage(join(await temporaryFolder(t), 'x'));
  await assert.rejects(createRun(other, manifest, copiedListing({ manifest, store })), {
    code: 'E_RUN_CORRUPT',
  });
  await assert.rejects(readCalibrationFile({ manifest, store }), { code: 'E_RUN_CORRUPT' });
  await store.replace('calibration.json', new Uint8Array(2 ** 24 + 1));
  await assert.rejects(readCalibrationFile({ manifest, store }), {
    ...{ code: 'E_RUN_CORRUPT', message: /more than 16777216 bytes/ },
  });
});
