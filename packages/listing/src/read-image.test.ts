import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImageRef, MAX_IMAGE_BYTES, type Storage, VergerError } from '@verger/core';
import { readImage } from './read-image.ts';

const IMAGE: ImageRef = { path: 'x.jpg', label: 'x', bytes: 5, version: 'etag:1' };

/** A storage of which only `read` is asked. */
function reading(read: Storage['read']): Storage {
  const no = () => {
    throw new Error('not asked for here');
  };
  return { describe: () => 'x', list: no, create: no, replace: no, remove: no, read };
}

test('no more bytes are read of an image than were listed', async () => {
  const asked: unknown[] = [];
  const outcome = await readImage(
    reading(async (_, options) => {
      asked.push(options?.maxBytes);
      return { status: 'too-large', totalBytes: 6 };
    }),
    IMAGE,
  );
  assert.deepEqual(outcome, { ok: false, code: 'E_IMG_CHANGED' });
  assert.deepEqual(asked, [5]);
});

test('what was refused in the listing, or is too large, is not read', async () => {
  const storage = reading(() => assert.fail('it was read'));
  assert.deepEqual(await readImage(storage, { ...IMAGE, refused: 'E_IMG_OUTSIDE_ROOT' }), {
    ok: false,
    code: 'E_IMG_OUTSIDE_ROOT',
  });
  assert.deepEqual(await readImage(storage, { ...IMAGE, bytes: MAX_IMAGE_BYTES + 1 }), {
    ok: false,
    code: 'E_IMG_TOO_LARGE',
  });
});

test('errors of the images storage that are not about one image are thrown', async () => {
  const storage = reading(async () => {
    throw new VergerError('E_INPUT_MISSING');
  });
  await assert.rejects(readImage(storage, IMAGE), { code: 'E_INPUT_MISSING' });
});

test('a process that may open no more files blames no image for it', async () => {
  const failing = (code: string) =>
    reading(async () => {
      throw new VergerError('E_STORAGE', {}, { cause: Object.assign(new Error(code), { code }) });
    });
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM']) {
    await assert.rejects(readImage(failing(code), IMAGE), { code: 'E_STORAGE' });
  }
  const read = await readImage(failing('EIO'), IMAGE);
  assert.equal(read.ok || read.code, 'E_IMG_READ');
});

test("what the system or the store says is kept: its sentence, and the store's code", async () => {
  const system = reading(async () => {
    throw new VergerError('E_STORAGE', {}, { detail: 'EIO: i/o error, read' });
  });
  const said = { sentence: 'EIO: i/o error, read', storeCode: undefined, ifMost: 'E_INPUT_UNREADABLE' };
  assert.deepEqual(await readImage(system, IMAGE), { ok: false, code: 'E_IMG_READ', said });
  const local = reading(async () => ({ status: 'forbidden', reason: 'Not permitted (EACCES).' }));
  assert.deepEqual(await readImage(local, IMAGE), {
    ok: false,
    code: 'E_IMG_FORBIDDEN',
    said: { ...said, sentence: 'Not permitted (EACCES).' },
  });
  const error = new VergerError(
    'E_S3_ARCHIVED',
    {},
    { detail: 'S3 says so.', storeCode: 'InvalidObjectState' },
  );
  const store = reading(async () => ({ status: 'forbidden', reason: 'S3 says so.', error }));
  assert.deepEqual(await readImage(store, IMAGE), {
    ok: false,
    code: 'E_IMG_ARCHIVED',
    said: { sentence: 'S3 says so.', storeCode: 'InvalidObjectState', ifMost: 'E_S3_ARCHIVED' },
  });
});

test('a link that this process may not follow is told from an image that was changed', async () => {
  const refusing = reading(async () => ({ status: 'refused', code: 'E_IMG_OUTSIDE_ROOT' }));
  assert.deepEqual(await readImage(refusing, IMAGE), { ok: false, code: 'E_IMG_CHANGED' });
  const following = { ...refusing, followsLinks: true };
  assert.deepEqual(await readImage(following, IMAGE), { ok: false, code: 'E_IMG_OUTSIDE_ROOT' });
  const folder = reading(async () => ({ status: 'refused', code: 'E_IMG_NOT_A_FILE' }));
  assert.deepEqual(await readImage({ ...folder, followsLinks: true }, IMAGE), {
    ok: false,
    code: 'E_IMG_CHANGED',
  });
});
