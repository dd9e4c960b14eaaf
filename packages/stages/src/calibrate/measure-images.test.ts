import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ImageRef, type ReadResult, type Storage, VergerError } from '@verger/core';
import { PoolError } from '@verger/pool';
import { openLocalStorage } from '@verger/storage';
import { goodImages, planFolder, temporaryFolder, writeFiles } from '@verger/testkit/run-harness';
import type { ChildCalls } from '../child/protocol.ts';
import type { Children } from '../children/children.ts';
import { MAX_ATTEMPTS } from '../retry-policy.ts';
import { measureImages } from './measure-images.ts';

const VICTIM = 'a/01.jpg';

/** Children that measure anything, but for images of that content: those kill them so often. */
function measuringChildren(deaths = 0) {
  let left = deaths;
  const alone: boolean[] = [];
  const call = (async (_kind, request, options = {}) => {
    const { images } = request as ChildCalls['measure']['request'];
    const texts = images.map((bytes) => Buffer.from(bytes).toString());
    if (texts.includes(`image ${VICTIM}`)) {
      alone.push(options.alone === true);
      left -= 1;
      if (left >= 0) throw new PoolError('crash');
    }
    const none = new Float32Array(0);
    return texts.map((text) => ({
      features: Float32Array.of(text.length),
      ranges: { least: none, greatest: none, means: none },
    }));
  }) as Children['call'];
  return { processes: 2, call, alone };
}

type Answer = (path: string, count: number) => ReadResult | VergerError | undefined;

async function measureAll(t: TestContext, children = measuringChildren(), answer: Answer = () => undefined) {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, goodImages(4));
  const { spool } = await planFolder(t, folder, { name: 'x' });
  const refs: ImageRef[] = [];
  for await (const ref of spool.read()) refs.push(ref);
  const store = openLocalStorage(folder);
  const reads = new Map<string, number>();
  const images: Storage = {
    ...store,
    read: async (key, options) => {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      const other = answer(key, reads.get(key) ?? 0);
      if (other instanceof VergerError) throw other;
      return other ?? (await store.read(key, options));
    },
  };
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const signal = new AbortController().signal;
  const measured = measureImages({ children, images, limits: undefined, signal, pause }, refs);
  return { measured, pauses, reads };
}

const codes = (measured: readonly unknown[]) =>
  measured.map((one) => (typeof one === 'string' ? one : 'measured'));
const allMeasured = ['measured', 'measured', 'measured', 'measured'];

test('what passes is tried again alone, and the sample stays whole', async (t) => {
  const children = measuringChildren(2);
  const dying = await measureAll(t, children);
  assert.deepEqual(codes(await dying.measured), allMeasured);
  assert.deepEqual(children.alone, [false, true, true]);
  const fault = new VergerError('E_STORAGE', {}, { detail: 'EIO' });
  const flaky = await measureAll(t, undefined, (path, count) =>
    path === VICTIM && count < 3 ? fault : undefined,
  );
  assert.deepEqual(codes(await flaky.measured), allMeasured);
  assert.equal(flaky.pauses.length, 1);
});

test('what does not pass is left out: a bad image does not stop a run', async (t) => {
  const lethal = measuringChildren(100);
  const { measured } = await measureAll(t, lethal);
  assert.deepEqual(codes(await measured), ['measured', 'E_IMG_CRASH', 'measured', 'measured']);
  assert.equal(lethal.alone.length, 1 + MAX_ATTEMPTS);
  const fault = new VergerError('E_STORAGE', {}, { detail: 'the disk said EIO' });
  const broken = await measureAll(t, undefined, (path) => (path === VICTIM ? fault : undefined));
  assert.deepEqual(codes(await broken.measured), ['measured', 'E_IMG_READ', 'measured', 'measured']);
});

test('an image that is refused is left out; where most are, that is the error', async (t) => {
  const refused: ReadResult = { status: 'forbidden', reason: 'EACCES' };
  const one = await measureAll(t, undefined, (path) => (path === VICTIM ? refused : undefined));
  assert.deepEqual(codes(await one.measured), ['measured', 'E_IMG_FORBIDDEN', 'measured', 'measured']);
  const all = await measureAll(t, undefined, () => refused);
  await assert.rejects(all.measured, {
    ...{ code: 'E_INPUT_UNREADABLE', message: /4 of 4 images of the sample cannot be read\. EACCES/ },
  });
  assert.equal(all.reads.get(VICTIM), MAX_ATTEMPTS);
  const error = new VergerError('E_S3_FORBIDDEN');
  const s3 = await measureAll(t, undefined, () => ({ ...refused, error }));
  await assert.rejects(s3.measured, { code: 'E_S3_FORBIDDEN' });
});
