import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import type { Clock, ReadResult, Storage } from '@verger/core';
import { pictureKey } from '@verger/report';
import { readListing } from '@verger/run';
import { testServices } from '@verger/testkit/examined';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import { plantOrchard } from '@verger/testkit/images';
import { CLOCK, runIn, type TestRun } from '@verger/testkit/run-harness';
import { stageContext } from '../context.ts';
import { makePictures, type PictureLimits } from './pictures.ts';

let folder: string;
let run: TestRun;
let refs: { partition: number; path: string }[];

before(async () => {
  folder = await mkdtemp(`${tmpdir()}/verger-pictures-`);
  await plantOrchard(`${folder}/images`, { kinds: 4, views: 10 });
  run = await runIn(folder, {}, { extraction: { partitions: 3 } });
  const listed = await Promise.all([0, 1, 2].map((partition) => readListing(run, partition)));
  refs = listed.flatMap((images, partition) => images.map(({ path }) => ({ partition, path })));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Surroundings {
  readonly images?: Storage;
  readonly clock?: Clock;
  readonly children?: FakeChildren;
  readonly signal?: AbortSignal;
}

async function pictures(of: typeof refs, surroundings: Surroundings = {}, limits: PictureLimits = {}) {
  const {
    images = run.images,
    clock = CLOCK,
    children,
    signal = new AbortController().signal,
  } = surroundings;
  const services = { ...testServices(children), clock };
  const ctx = stageContext(services, { run: { ...run, images, epoch: 1 }, signal, emit: () => {} });
  return await makePictures(ctx, of, limits);
}

/** The images, where every read gives something else. */
const reading = (read: () => Promise<ReadResult>): Storage => ({ ...run.images, describe: () => '/x', read });

test('pictures come in the order that was asked for, from parts that are read for them', async () => {
  assert.equal(refs.length, 40);
  const some = [refs[30], refs[2], refs[17]].map((ref) => ref as (typeof refs)[number]);
  const { tileOf, sprites, fewer } = await pictures(some);
  assert.deepEqual(
    [...tileOf],
    some.map((ref, tile) => [pictureKey(ref), tile]),
  );
  assert.deepEqual([sprites.length, fewer], [1, undefined]);
  const all = await pictures(refs);
  assert.equal(all.tileOf.size, 40);
  const unknown = await pictures([
    { partition: 0, path: 'no/such.jpg' },
    { partition: 9, path: 'x' },
  ]);
  assert.deepEqual([unknown.tileOf.size, unknown.sprites.length, unknown.fewer], [0, 0, undefined]);
});

test('where none of the first images may be read, no other is tried, and the reason is told', async () => {
  let reads = 0;
  const images = reading(async () => {
    reads += 1;
    return { status: 'forbidden', reason: 'AccessDenied: not you' };
  });
  const { tileOf, fewer } = await pictures(refs, { images });
  assert.equal(tileOf.size, 0);
  assert.match(fewer ?? '', /^None of the first 32 images could be read \(E_IMG_FORBIDDEN\): AccessDenied/);
  assert.ok(reads >= 32 && reads <= 40, `${reads} reads`);
});

test('after the time for pictures the rest is left out', async () => {
  let now = 0;
  const clock = { ...CLOCK, monotonicMs: () => now };
  const images = {
    ...run.images,
    describe: () => '/x',
    read: async (...args: Parameters<Storage['read']>) => {
      now += 1000;
      return await run.images.read(...args);
    },
  };
  const { tileOf, fewer } = await pictures(refs, { images, clock }, { mostMs: 10_000 });
  assert.ok(tileOf.size > 0 && tileOf.size < 40, `${tileOf.size} pictures`);
  assert.match(fewer ?? '', /took over 10 s/);
});

test('an abort ends the reading with its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const children = fakeChildren({ before: () => abort.abort(reason) });
  await assert.rejects(pictures(refs, { children, signal: abort.signal }), reason);
});
