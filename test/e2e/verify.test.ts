import assert from 'node:assert/strict';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';

interface Examined {
  readonly good: boolean;
  readonly finished: boolean;
  readonly findings: readonly { readonly severity: string; readonly file: string; readonly repair: string }[];
}
type Verified = Examined & { readonly repaired?: Examined; readonly recomputed?: { compared: number } };

/** One of each kind of file, as a disk may damage it. */
const KINDS = [
  ...['features/part-00001.parquet', 'sums/part-00001.sums', 'pca/model.json'],
  ...['projection/part-00001.parquet', 'commits/part-00001.json', 'result.csv'],
];
const LISTED = 13;

let place: { folder: string; remove: () => Promise<void> };
let images: string;
let base: string;
let expected: Record<string, string>;
let copies = 0;

const verify = (run: string, ...args: string[]) =>
  cli(['verify', run, ...args, '--processes', '1', '--json']);
const faults = ({ findings }: Examined) =>
  findings.filter(({ severity }) => severity === 'fault').map(({ file }) => file);

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  await plantOrchard(images, { kinds: 4, views: 2, broken: true });
  const how = ['--partitions', '3', '--components', '3', '--csv', '--with-images', '--processes', '1'];
  const run = await cli([
    'run',
    images,
    '--output',
    join(place.folder, 'output'),
    ...TRIAL,
    ...how,
    '--json',
  ]);
  base = jsonOf<{ location: string }>(run).location;
  expected = await promisedHashes(base);
});
after(() => place.remove());

/** A copy that may be spoiled. */
async function copyOf(t: TestContext, run = base): Promise<string> {
  copies += 1;
  const folder = join(place.folder, `copy-${copies}`);
  await cp(run, folder, { recursive: true, preserveTimestamps: true });
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function flip(run: string, file: string): Promise<void> {
  const path = join(run, file);
  const bytes = await readFile(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await writeFile(path, bytes);
}

test('a finished run is found good, by its files and by every image once more', async () => {
  const found = jsonOf<Verified>(await verify(base, '--recompute', '1000', '--seed', '1'));
  assert.deepEqual([found.good, found.finished, found.findings], [true, true, []]);
  assert.equal(found.recomputed?.compared, LISTED, 'with those in quarantine');
});

test('verify names every damaged file, ends with 1, says what to do, and writes nothing', async (t) => {
  const run = await copyOf(t);
  // Of one partition, the one with the other gone could not be told to be wrong.
  const files = [
    'features/part-00000.parquet',
    'commits/part-00002.json',
    ...KINDS.slice(1, 4),
    'result.csv',
  ];
  for (const file of files) await flip(run, file);
  const damaged = await promisedHashes(run);
  const { code, stdout, stderr } = await cli(['verify', run, '--processes', '1']);
  assert.equal(code, 1);
  for (const file of files) assert.ok(stdout.includes(`  ${file}: `), `${file} in\n${stdout}`);
  assert.match(stderr, /E_RUN_DAMAGED: .*\n {2}where: .*\n {2}next: {2}.*--repair/);
  assert.doesNotMatch(stderr, /^ {4}at /m);
  assert.deepEqual(await promisedHashes(run), damaged);
  assert.deepEqual(filesUnder(join(run, 'epochs')), ['0001.json']);
  const repaired = jsonOf<Verified>(await verify(run, '--repair'));
  assert.deepEqual([repaired.good, repaired.finished], [true, true]);
  assert.deepEqual(await promisedHashes(run), expected);
});

for (const at of [0, 1, 2]) {
  const files = KINDS.filter((_, index) => index % 3 === at);
  test(`a flipped byte in ${files.join(' and ')} is found and repaired to the same bytes`, async (t) => {
    const run = await copyOf(t);
    for (const file of files) await flip(run, file);
    const { code, stdout, stderr } = await verify(run, '--repair');
    assert.equal(code, 0, stderr);
    const found = JSON.parse(stdout) as Verified;
    assert.deepEqual(faults(found.repaired ?? found).sort(), [...files].sort());
    assert.deepEqual([found.good, found.finished], [true, true]);
    assert.deepEqual(await promisedHashes(run), expected);
  });
}

test('what cannot be repaired for a lost image ends with 1, names it, and loses nothing', async (t) => {
  const run = await copyOf(t);
  const [lost = ''] = filesUnder(images).filter((file) => file.endsWith('.jpg'));
  await flip(run, 'features/part-00000.parquet');
  const before = await promisedHashes(run);
  await rename(join(images, lost), join(place.folder, 'away.jpg'));
  const failed = await verify(run, '--repair').finally(() =>
    rename(join(place.folder, 'away.jpg'), join(images, lost)),
  );
  assert.equal(failed.code, 1);
  const { error } = JSON.parse(failed.stdout || '{}') as { error?: { code: string } };
  assert.ok(error?.code === 'E_RUN_DAMAGED' || failed.stderr.includes('E_RUN_DAMAGED'), failed.stderr);
  assert.ok(`${failed.stdout}${failed.stderr}`.includes(lost), failed.stderr);
  assert.deepEqual(await promisedHashes(run), before);
  assert.equal((await verify(run, '--repair')).code, 0, 'restored with its time, it is the listed one again');
  assert.deepEqual(await promisedHashes(run), expected);
});

/** The files that a run has which was stopped before its last partition was extracted. */
async function stopShort(run: string): Promise<void> {
  const late = filesUnder(run).filter(
    (file) =>
      /part-00002\.(parquet|sums)$|commits\/part-00002/.test(file) || /^(pca|projection)\//.test(file),
  );
  const ends = ['_SUCCESS', 'result.csv', 'report.json', 'quarantine.jsonl'];
  for (const file of [...late, ...ends]) await rm(join(run, file));
}

test('repairs of a stopped run extract nothing unasked, however often; resume goes on', async (t) => {
  const run = await copyOf(t);
  await stopShort(run);
  for (const file of ['sums/part-00000.sums', 'features/part-00001.parquet', 'commits/part-00001.json']) {
    await flip(run, file);
    const found = jsonOf<Verified>(await verify(run, '--repair'));
    assert.deepEqual([found.good, found.finished], [true, false], file);
    assert.deepEqual(filesUnder(join(run, 'features')), ['part-00000.parquet', 'part-00001.parquet'], file);
  }
  const resumed = await cli(['resume', run, '--processes', '1', '--json']);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(await promisedHashes(run), expected);
});

test('lost features of a refit come from its source: no weights, no images', async (t) => {
  const args = [
    'refit',
    base,
    '--components',
    '2',
    '--output',
    join(place.folder, 'refits'),
    '--max-bad',
    '1',
  ];
  const refit = jsonOf<{ location: string }>(await cli([...args, '--processes', '1', '--json'])).location;
  const refitted = await promisedHashes(refit);
  const run = await copyOf(t, refit);
  await flip(run, 'features/part-00000.parquet');
  await rm(join(run, 'features/part-00002.parquet'));
  await rename(images, `${images}-away`);
  const repaired = await verify(run, '--repair').finally(() => rename(`${images}-away`, images));
  assert.equal(repaired.code, 0, repaired.stderr);
  assert.deepEqual(await promisedHashes(run), refitted);

  await flip(run, 'features/part-00001.parquet');
  const source = await copyOf(t);
  await flip(base, 'features/part-00001.parquet');
  const fromImages = await verify(run, '--repair');
  await cp(join(source, 'features'), join(base, 'features'), { recursive: true });
  assert.equal(fromImages.code, 0, fromImages.stderr);
  assert.match(fromImages.stderr, /part-00001.parquet no longer matches its source/);
  assert.deepEqual(await promisedHashes(run), refitted);
});
