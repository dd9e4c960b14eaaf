import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CliResult, cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { drawings } from '@verger/testkit/images';
import { TEST_ENV } from '@verger/testkit/s3-server';

const SENTENCE = 'The operation is not valid for the object&apos;s storage class';

describe('images in an archive', () => {
  let place: { folder: string; remove: () => Promise<void> };
  let fake: FakeS3;
  let output: string;
  const verger = async (...args: string[]): Promise<CliResult> =>
    await cli(args, {
      env: { ...TEST_ENV, VERGER_S3_ENDPOINT: fake.endpoint, VERGER_PROCESSES: '1' },
      cwd: place.folder,
    });
  const archive = (wanted: (index: number) => boolean) => {
    const { objects } = fake.bucket('photos');
    for (const [index, [key, object]] of [...objects].entries()) {
      objects.set(key, { ...object, storageClass: wanted(index) ? 'GLACIER' : 'STANDARD' });
    }
    const code = 'InvalidObjectState';
    fake.plan(({ key }) => {
      const isArchived = objects.get(key)?.storageClass === 'GLACIER';
      return isArchived ? { kind: 'answer', status: 403, code, message: SENTENCE } : undefined;
    });
  };

  before(async () => {
    place = await temporaryFolder();
    output = join(place.folder, 'runs');
    fake = await startFakeS3({ buckets: ['photos'] });
    for (const [index, bytes] of (await drawings(5)).entries()) {
      fake.bucket('photos').objects.set(`in/${index}.jpg`, fakeObject(bytes));
    }
  });
  after(async () => {
    await fake.stop();
    await place.remove();
  });

  test('plan counts them; a run of mostly archived images is resumed after a restore', async () => {
    archive((index) => index > 0);
    const args = ['s3://photos/in', '--output', output, ...TRIAL];
    const planned = jsonOf<{ archived: number; measured: { images: number } }>(
      await verger('plan', ...args, '--json'),
    );
    assert.deepEqual([planned.archived, planned.measured.images], [4, 1]);
    const { code, stderr } = await verger('run', ...args);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^warning: 4 of 5 images are archived \(GLACIER, DEEP_ARCHIVE\)/m);
    assert.match(
      stderr,
      /^E_S3_ARCHIVED: .*4 of the 5 images of the partition cannot be read\. S3 answered 403/m,
    );
    assert.match(
      stderr,
      /InvalidObjectState to GetObject: The operation is not valid for the object's storage/,
    );
    assert.match(stderr, /^ {2}where: "1\.jpg", partition 0, s3:\/\/photos\/in$/m);
    assert.match(stderr, /^ {2}next: {2}Restore them/m);
    archive(() => false);
    const { code: again, stderr: said } = await verger('run', ...args);
    assert.equal(again, 0, said);
    assert.doesNotMatch(said, /archive/);
  });

  test('some archived images are in quarantine with the code of S3, in the report as well', async () => {
    archive((index) => index === 3);
    const args = ['s3://photos/in', '--output', output, '--name', 'some', ...TRIAL];
    const { code, stderr } = await verger('run', ...args);
    assert.equal(code, 0, stderr);
    const text = await readFile(join(output, 'some/quarantine.jsonl'), 'utf8');
    const record = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(
      [record['path'], record['code'], record['storeCode']],
      ['3.jpg', 'E_IMG_ARCHIVED', 'InvalidObjectState'],
    );
    const report = await verger('report', join(output, 'some'));
    assert.match(
      report.stdout,
      /E_IMG_ARCHIVED × 1: .* \(error codes of the store: InvalidObjectState × 1\)/,
    );
  });
});
