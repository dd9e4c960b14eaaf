import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { promisedHashes } from '@verger/testkit/run-folder';
import { type S3Server, s3Suite, startS3Server } from '@verger/testkit/s3-server';

interface Outcome {
  readonly runId: string;
  readonly location: string;
}

s3Suite('verger on S3 (versitygw)', () => {
  let place: { folder: string; remove: () => Promise<void> };
  let server: S3Server;
  let images: string;
  /** The promised files of the run from a folder into a folder. */
  let expected: Record<string, string>;
  const IMAGES = 's3://photos/an orchard';
  const OUTPUT = 's3://results/trial runs';

  const verger = (...args: string[]) => cli(args, { env: server.env, cwd: place.folder });
  const run = async (from: string, to: string, ...more: string[]) =>
    jsonOf<Outcome>(
      await verger(
        'run',
        from,
        '--output',
        to,
        '--partitions',
        '4',
        '--csv',
        '--with-images',
        ...TRIAL,
        ...more,
        '--json',
      ),
    );
  /** A run's files on the server's disk. */
  const onServer = (location: string) =>
    location.replace(/^s3:\/\/([^/]*)/, (_, bucket: string) => server.folder(bucket));

  before(async () => {
    place = await temporaryFolder();
    server = await startS3Server();
    await server.makeBucket('photos');
    await server.makeBucket('results');
    images = join(place.folder, 'orchard');
    await plantOrchard(images, { kinds: 4, views: 2, broken: true });
    expected = await promisedHashes((await run(images, join(place.folder, 'local'))).location);
  });
  after(async () => {
    await server.stop();
    await place.remove();
  });

  test('sample copies images into a bucket, and finds them there the second time', async () => {
    const copy = async () =>
      jsonOf<{ copied: number; already: number; output: string }>(
        await verger('sample', images, '--output', IMAGES, '--fraction', '1', '--json'),
      );
    const first = await copy();
    assert.deepEqual([first.copied, first.already, first.output], [13, 0, IMAGES]);
    const second = await copy();
    assert.deepEqual([second.copied, second.already], [0, 13]);
  });

  test('a run from bucket to bucket has the local run’s bytes, and every command works', async () => {
    const { location, runId } = await run(IMAGES, OUTPUT);
    assert.equal(location, `${OUTPUT}/${runId}`);
    assert.deepEqual(await promisedHashes(onServer(location)), expected);
    const verified = jsonOf<{ findings: unknown[] }>(
      await verger('verify', OUTPUT, '--recompute', '5', '--processes', '1', '--json'),
    );
    assert.deepEqual(verified.findings, []);
    const status = jsonOf<{ state: string }>(
      await verger('status', `${OUTPUT}#${runId.slice(0, 4)}`, '--json'),
    );
    assert.equal(status.state, 'done');
    const [listed] = jsonOf<Outcome[] & { id: string }[]>(await verger('list', OUTPUT, '--json'));
    assert.deepEqual([listed?.id, listed?.location], [runId, location]);
    assert.equal((await verger('head', OUTPUT, '-n', '3', '--json')).stdout.trim().split('\n').length, 3);
    assert.equal((await verger('report', OUTPUT, '--json')).code, 0);
    const exported = jsonOf<{ rows: number }>(
      await verger('export', OUTPUT, '--output', 'table.parquet', '--json'),
    );
    assert.equal(exported.rows, 8);
    const again = jsonOf<Outcome & { already: boolean }>(await verger('resume', OUTPUT, '--json'));
    assert.deepEqual([again.runId, again.already], [runId, true]);
  });
});
