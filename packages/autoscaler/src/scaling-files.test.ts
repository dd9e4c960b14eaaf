import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Scaling, type ScalingDecisionRecord, scalingSchema, VergerError } from '@verger/core';
import { readRecord } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import { ScalingFiles } from './scaling-files.ts';
import { NOW_MS, QUEUE, watchSite } from './testing/watch-site.ts';

const RUN: WrittenRun = { id: 'r', partitions: [10, 10], committed: [0], submittedMs: NOW_MS, queue: QUEUE };

const decision = (fromVcpus: number, vcpus: number): ScalingDecisionRecord => ({
  ...{ at: new Date(NOW_MS).toISOString(), fromVcpus, vcpus, reason: `${fromVcpus} to ${vcpus}` },
});

async function decisionsOf(folder: string): Promise<string[] | undefined> {
  const scaling = await readRecord<Scaling>(openLocalStorage(folder), 'scaling.json', scalingSchema);
  return scaling?.decisions.map(({ reason }) => reason);
}

test('a run has the first decision and each that changed something; a new process goes on', async (t) => {
  const { output, storages, logger } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  const files = new ScalingFiles({ storages, group: 'g', logger });
  await files.add([folder], decision(4, 4));
  await files.add([folder], decision(4, 4));
  await files.add([folder], decision(4, 8));
  const after = new ScalingFiles({ storages, group: 'g', logger });
  await after.add([folder], decision(8, 8));
  await after.add([folder], decision(8, 0));
  assert.deepEqual(await decisionsOf(folder), ['4 to 4', '4 to 8', '8 to 0']);
  assert.deepEqual(logger.lines, []);
});

test('only the newest 200 are kept, and a damaged file begins again', async (t) => {
  const { output, storages, logger } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  await writeFile(join(folder, 'scaling.json'), '{"format":1}');
  const files = new ScalingFiles({ storages, group: null, logger });
  for (let vcpus = 0; vcpus < 203; vcpus += 1) await files.add([folder], decision(vcpus, vcpus + 1));
  const kept = await decisionsOf(folder);
  assert.deepEqual([kept?.length, kept?.[0], kept?.at(-1)], [200, '3 to 4', '202 to 203']);
});

test('a run that is done or gone gets none', async (t) => {
  const { output, storages, logger } = await watchSite(t);
  const done = await writeRun(output, { ...RUN, id: 'done', committed: [0, 1], isDone: true });
  const gone = await writeRun(output, { ...RUN, id: 'gone' });
  const files = new ScalingFiles({ storages, group: 'g', logger });
  await files.add([gone.folder], decision(0, 4));
  await rm(gone.folder, { recursive: true });
  await files.add([done.folder, gone.folder], decision(4, 8));
  assert.equal(existsSync(join(done.folder, 'scaling.json')), false);
  assert.equal(existsSync(gone.folder), false);
});

test('a run that is removed while the decision is written does not come back', async (t) => {
  const { output, storages, logger, faults } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  faults.before = async ({ kind }) => {
    if (kind === 'replace') await rm(folder, { recursive: true });
  };
  await new ScalingFiles({ storages, group: 'g', logger }).add([folder], decision(0, 4));
  const left = existsSync(folder) ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
  assert.deepEqual([left.filter((one) => one.isFile()), logger.lines], [[], []]);
});

test('what cannot be written is said once, and the next run gets its decision', async (t) => {
  const { output, storages, logger, faults } = await watchSite(t);
  const { folder } = await writeRun(output, RUN);
  const files = new ScalingFiles({ storages, group: 'g', logger });
  faults.before = ({ kind }) => {
    if (kind === 'replace') throw new VergerError('E_S3_FORBIDDEN');
  };
  await files.add([folder], decision(0, 4));
  await files.add([folder], decision(4, 8));
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]?.message ?? '', /the decision is not in the run/);
  faults.before = undefined;
  await files.add([folder], decision(8, 4));
  assert.deepEqual(await decisionsOf(folder), ['8 to 4']);
});
