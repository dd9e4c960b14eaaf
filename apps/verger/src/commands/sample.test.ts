import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { call } from '@verger/testkit/call';
import { type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { filesUnder } from '@verger/testkit/run-folder';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { sample } from './sample.ts';

Object.assign(process.env, TEST_ENV, { AWS_REGION: 'us-east-1' });

interface Sampled {
  readonly listed: number;
  readonly copied: number;
  readonly already: number;
  readonly unholdable: { count: number; reasons: Record<string, number>; examples: string[] };
}

const LONG = `${'n'.repeat(256)}.jpg`;
const DEEP = `${Array.from({ length: 4 }, () => 'd'.repeat(250)).join('/')}/x.jpg`;
const HELD = ['a/1.jpg', 'x.jpg', 'x.jpg-2.jpg', 'y/z.jpg', DEEP];
const NOT_HELD = ['a/1.jpg/inner.jpg', LONG, 'x.jpg/deep/inner.jpg', 'x.jpg/inner.jpg', '.tmp/x.jpg'];

async function bucketAndFolder(t: TestContext): Promise<{ fake: FakeS3; folder: string }> {
  const fake = await startFakeS3({ buckets: ['photos', 'copies'] });
  t.after(() => fake.stop());
  for (const key of [...HELD, ...NOT_HELD]) fake.bucket('photos').objects.set(key, fakeObject(`of ${key}`));
  const folder = await mkdtemp(join(tmpdir(), 'verger-sample-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { fake, folder };
}

const flagsOf = (fake: FakeS3, output: string, more: object = {}) => ({
  ...{ output, fraction: 1, s3Endpoint: fake.endpoint, glob: ['*.jpg', '.tmp/*.jpg'] },
  ...more,
});

test('what a folder cannot hold is left out and named; the others are copied and found again', async (t) => {
  const { fake, folder } = await bucketAndFolder(t);
  const output = join(folder, 'few');
  const flags = flagsOf(fake, output);
  const first = (await call(sample, ['s3://photos'], { flags, json: true })).json<Sampled>();
  assert.deepEqual([first.listed, first.copied, first.already], [10, HELD.length, 0]);
  assert.deepEqual(first.unholdable, {
    count: NOT_HELD.length,
    reasons: { 'below-file': 3, name: 1, key: 1 },
    examples: NOT_HELD.toSorted(),
  });
  assert.deepEqual(filesUnder(output).toSorted(), HELD.toSorted());
  for (const key of HELD) assert.equal(await readFile(join(output, key), 'utf8'), `of ${key}`);

  const { printed, code } = await call(sample, ['s3://photos'], { flags });
  assert.equal(code, 0);
  assert.match(printed, /^5 images of 10 in .*few \(5 of them were already there\)\n/);
  assert.match(
    printed,
    /left out {4}5 images that cannot be stored there: 1 with a name that is too long, 3 in a folder/,
  );
  assert.match(printed, /"\.tmp\/x\.jpg", "a\/1\.jpg\/inner\.jpg"/);
});

test('a number of images is that number of images that can be held', async (t) => {
  const { fake, folder } = await bucketAndFolder(t);
  const output = join(folder, 'few');
  const flags = flagsOf(fake, output, { fraction: undefined, count: HELD.length });
  const { copied } = (await call(sample, ['s3://photos'], { flags, json: true })).json<Sampled>();
  assert.equal(copied, HELD.length);
});

test('a bucket holds files and folders of one name; an empty one takes one request per image', async (t) => {
  const { fake } = await bucketAndFolder(t);
  const flags = flagsOf(fake, 's3://copies/some');
  const before = fake.requests.length;
  const { copied, unholdable } = (await call(sample, ['s3://photos'], { flags, json: true })).json<Sampled>();
  assert.deepEqual([copied, unholdable.count], [10, 0]);
  const toCopies = fake.requests.slice(before).filter(({ bucket, key }) => bucket === 'copies' && key !== '');
  assert.deepEqual(new Set(toCopies.map(({ method }) => method)), new Set(['PUT']));
  assert.equal(toCopies.length, 10);
});
