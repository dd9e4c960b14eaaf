/** Runs with --precision int8: one network wherever they are done, and the same bytes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Calibration, type Manifest, type Report, RUN_FILES } from '@verger/core';
import {
  type DriverEvent,
  findRun,
  networkOfRun,
  type OptionValues,
  openDriver,
  openImages,
  planRun,
  type RunOutcome,
  refitRun,
  repairRun,
  resolveOptions,
  resumeRun,
  type SubmittedRun,
  startRun,
  startRunNetwork,
  transformRun,
  verifyRun,
} from '@verger/driver';
import { type RunningCli, startCli, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { noInt8 } from '@verger/testkit/int8';
import { processTree, signal, until } from '@verger/testkit/processes';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { auditRun } from '../faults/audit/audit.ts';

const PARTITIONS = 6;
const PLAN = ['--weights', 'untrained', '--max-bad', '1', '--partitions', String(PARTITIONS)];
const INT8 = [...PLAN, '--components', '3', '--precision', 'int8', '--calibration-images', '6'];
const values = {
  ...{ weights: 'untrained', maxBad: 1, partitions: PARTITIONS, processes: 2, noReport: true },
  ...{ precision: 'int8', calibrationImages: 6 },
};

let place: { folder: string; remove: () => Promise<void> };
let images: string;
/** An undisturbed run, and the hashes of its promised files. */
let whole: RunOutcome;
let promised: Record<string, string>;
const driver = openDriver();

const optionsOf = (output: string, more: OptionValues = {}) =>
  resolveOptions({ output: join(place.folder, output), components: 3, ...values, ...more });
const run = async (output: string, more: OptionValues = {}) =>
  done(await startRun(driver, { images, options: optionsOf(output, more) }));
const sourceOf = async () => await findRun(driver.storages, whole.location);

function done(outcome: RunOutcome | SubmittedRun): RunOutcome {
  if ('submitted' in outcome) throw new Error('it was only submitted');
  return outcome;
}

const recordOf = async <T>(location: string, file: string) =>
  JSON.parse(await readFile(join(location, file), 'utf8')) as T;
const calibrationOf = ({ location }: Pick<RunOutcome, 'location'>) =>
  readFile(join(location, RUN_FILES.calibration));

/** The run at that place is as the undisturbed one, its calibration included. */
async function assertSame(location: string): Promise<void> {
  assert.deepEqual(await promisedHashes(location), promised);
  assert.deepEqual(await calibrationOf({ location }), await calibrationOf(whole));
}

before(async () => {
  place = await temporaryFolder();
  images = join(place.folder, 'orchard');
  if (noInt8 !== false) return;
  await plantOrchard(images, { kinds: 3, views: 8, broken: true });
  whole = await run('whole');
  promised = await promisedHashes(whole.location);
});
after(async () => {
  await driver.close();
  await place.remove();
});

test('a CPU without exact int8 refuses it', { skip: noInt8 === false && 'this CPU has it' }, async () => {
  await plantOrchard(images, { kinds: 2, views: 2 });
  await assert.rejects(run('refused'), { code: 'E_INT8_CPU' });
});

test('the calibration is of the run’s own images, and the report says what int8 changed', {
  skip: noInt8,
}, async () => {
  assert.deepEqual(await auditRun(whole.location, { images }), []);
  const { fingerprint } = await recordOf<Manifest>(whole.location, RUN_FILES.manifest);
  assert.equal(fingerprint.precision, 'int8');
  const calibration = await recordOf<Calibration>(whole.location, RUN_FILES.calibration);
  assert.equal(calibration.images.length, 6);
  assert.equal(calibration.held.length, 18, 'all other good images; the five broken ones are left out');
  const { precisionComparison: precision } = await recordOf<Report>(whole.location, RUN_FILES.report);
  assert.equal(precision?.images, 18);
  assert.ok((precision?.cosine.least ?? 0) > 0.9 && (precision?.cosine.median ?? 2) < 1);
  assert.deepEqual([precision?.float32.k, precision?.int8.k], [3, 3]);
  const accuracy = precision?.int8.accuracy ?? -1;
  assert.ok(accuracy > 1 / 3 && accuracy <= 1, String(accuracy));
});

test('the same command joins the run; another seed or size is another run', { skip: noInt8 }, async () => {
  const again = await run('whole');
  assert.equal(again.already, true);
  assert.equal(again.location, whole.location);
  for (const other of [{ seed: 2 }, { calibrationImages: 7 }]) {
    const { extraction, operational } = optionsOf('others', other);
    const source = openImages(driver, { images, extraction });
    const request = { images: source, extraction, operational, otherwise: 'untrained' } as const;
    const { networkFor, close } = await startRunNetwork(driver, request);
    const options = { ...optionsOf('others', other), operational };
    const planned = await planRun(driver, source, { options, networkFor }).finally(close);
    await planned.spool.dispose();
    assert.notEqual(planned.manifest.identity, whole.manifest.identity, JSON.stringify(other));
  }
});

test('refit and a whole reuse keep the network; a transform has that of its source', {
  skip: noInt8,
}, async () => {
  const source = await sourceOf();
  const refitted = done(
    await refitRun(driver, { source, options: optionsOf('refitted', { components: 2 }) }),
  );
  assert.deepEqual(await calibrationOf(refitted), await calibrationOf(whole));
  const { precisionComparison: precision } = await recordOf<Report>(refitted.location, RUN_FILES.report);
  assert.deepEqual([precision?.images, precision?.int8.k], [18, 2]);

  const few = join(place.folder, 'few');
  await plantOrchard(few, { kinds: 2, views: 2 });
  const options = optionsOf('transformed', { precision: 'float32' });
  const transformed = done(await transformRun(driver, { source, images: few, options }));
  assert.deepEqual(transformed.manifest.fingerprint, whole.manifest.fingerprint);
  assert.deepEqual(await calibrationOf(transformed), await calibrationOf(whole));
  assert.equal(
    (await recordOf<Report>(transformed.location, RUN_FILES.report)).precisionComparison,
    undefined,
  );
  const verified = await verifyRun(driver, {
    run: await findRun(driver.storages, transformed.location),
    ...{ options, recompute: { count: 3, seed: 1 } },
  });
  assert.deepEqual(verified.findings, []);
  assert.deepEqual([verified.recomputed?.compared, verified.recomputed?.sameClass], [3, 3]);

  const reused = await run('reused', { reuse: whole.location });
  assert.equal(reused.report.reused, 24);
  await assertSame(reused.location);
  await assert.rejects(run('mixed', { reuse: whole.location, precision: 'float32' }), {
    ...{ code: 'E_USAGE', message: /int8, this run asks for float32/ },
  });
});

test('a held image that has another size by now is not compared', { skip: noInt8 }, async () => {
  const changed = join(place.folder, 'changed');
  await cp(images, changed, { recursive: true });
  const { held } = await recordOf<Calibration>(whole.location, RUN_FILES.calibration);
  const [first, other] = [held[0], held.find(({ bytes }) => bytes !== held[0]?.bytes)];
  assert.ok(first && other);
  await cp(join(images, other.path), join(changed, first.path));
  const options = optionsOf('changed run', { reuse: whole.location });
  const reused = done(await startRun(driver, { images: changed, options }));
  assert.equal(reused.report.precisionComparison?.images, 17);
  assert.ok((reused.report.precisionComparison?.cosine.least ?? 0) > 0.9);
  assert.deepEqual(await auditRun(reused.location, { images: changed }), []);
});

test('a calibration that a submission left under the name is taken, and that is said', {
  skip: noInt8,
}, async () => {
  const left = join(place.folder, 'left', 'mine');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, RUN_FILES.calibration), await calibrationOf(whole));
  const notices: string[] = [];
  const emit = (event: DriverEvent) => void (event.type === 'run:notice' && notices.push(event.text));
  const options = optionsOf('left', { name: 'mine', calibrationImages: 7 });
  const taken = done(await startRun({ ...driver, emit }, { images, options }));
  assert.deepEqual(await calibrationOf(taken), await calibrationOf(whole));
  assert.deepEqual(notices, ['the calibration that a submission left under the name mine is used']);
});

test('another engine than onnxruntime is refused before anything is listed, also for a transform', async () => {
  const refused = { code: 'E_ENGINE_PRECISION', message: /The engine is tfjs/ };
  await assert.rejects(run('other engine', { engine: 'tfjs' }), refused);
  assert.equal(existsSync(join(place.folder, 'other engine')), false);
  const options = optionsOf('other engine', { precision: 'float32', engine: 'tfjs' });
  await assert.rejects(transformRun(driver, { source: await sourceOf(), images, options }), refused);
});

test('kill -9 while images are extracted, then resume: the same bytes', { skip: noInt8 }, async () => {
  const output = join(place.folder, 'killed');
  const running = startCli(['run', images, '--output', output, ...INT8, '--no-report']);
  const location = join(output, whole.manifest.runId);
  await until('a commit', () => hasEnded(running) || filesUnder(join(location, 'commits')).length > 0);
  for (const { pid } of processTree(running.child.pid ?? 0)) signal(pid, 'SIGKILL');
  await running.ended;
  assert.ok(!filesUnder(location).includes(RUN_FILES.success), 'it was killed too late');
  const found = await findRun(driver.storages, location);
  assert.equal(done(await resumeRun(driver, { run: found, options: optionsOf('killed') })).already, false);
  await assertSame(location);
});

test('a damaged calibration is told, and made again only as it was', { skip: noInt8 }, async () => {
  const { location } = await run('damaged');
  const file = join(location, RUN_FILES.calibration);
  const bytes = await readFile(file);
  const options = optionsOf('damaged');
  const request = { run: await findRun(driver.storages, location), options };
  await writeFile(file, `${bytes.toString('utf8').trimEnd()} \n`);
  await assert.rejects(networkOfRun(driver, request.run, options.operational), {
    ...{ code: 'E_RUN_CORRUPT', message: /sha256 does not match the manifest/ },
  });
  const examined = await verifyRun(driver, { ...request, recompute: { count: 1, seed: 1 } });
  assert.deepEqual(
    examined.findings.map(({ file: name, severity }) => [severity, name]),
    [['fault', RUN_FILES.calibration]],
  );
  const other = { ...request, options: optionsOf('damaged', { calibrationImages: 5 }) };
  const [finding] = (await repairRun(driver, other, examined)).findings;
  assert.match(finding?.what ?? '', /sha256 does not match.*another one with 5 images/);
  // Nor is anything removed that needs it, by neither command.
  await rm(join(location, RUN_FILES.report));
  const damaged = await verifyRun(driver, request);
  const before = filesUnder(location);
  await repairRun(driver, other, damaged);
  await assert.rejects(resumeRun(driver, other), {
    ...{ code: 'E_RUN_DAMAGED', message: /another one with 5 images/ },
  });
  assert.deepEqual(filesUnder(location), before);
  const repaired = await repairRun(driver, request, damaged);
  assert.deepEqual(repaired.findings, []);
  assert.deepEqual(await readFile(file), bytes);
  await assertSame(location);
  const aside = await readFile(join(location, 'set-aside/0001', RUN_FILES.calibration), 'utf8');
  assert.match(aside, /} \n$/, 'the damaged one is kept');
});

test('a lost listing part is found and made again', { skip: noInt8 }, async () => {
  const { location } = await run('unlisted');
  const part = 'listing/part-00002.jsonl';
  await rm(join(location, part));
  const request = { run: await findRun(driver.storages, location), options: optionsOf('unlisted') };
  const examined = await verifyRun(driver, request);
  assert.deepEqual(
    examined.findings.map(({ file }) => file),
    [part],
  );
  const repaired = await repairRun(driver, request, examined);
  assert.deepEqual(repaired.findings, []);
  await assertSame(location);
});

const hasEnded = ({ child }: RunningCli) => child.exitCode !== null || child.signalCode !== null;

describe('on workers', { skip: noInt8 || redisMissing }, () => {
  let redis: RedisServer;
  const services: RunningCli[] = [];
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const { child } of services) child.kill('SIGKILL');
    await Promise.all(services.map(({ ended }) => ended));
    await redis.close();
  });

  test('a worker builds the network of the run from its calibration: the same bytes', async () => {
    const output = join(place.folder, 'cluster');
    const roots = ['--allow-root', place.folder];
    for (const role of ['worker', 'reducer'])
      services.push(startCli([role, '--redis', redis.url, '--processes', '1', ...roots]));
    const args = ['run', images, '--output', output, ...INT8, '--redis', redis.url];
    const { code, stderr } = await startCli(args).ended;
    assert.equal(code, 0, stderr);
    await assertSame(join(output, whole.manifest.runId));
  });
});
