import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { openEpoch, readManifest } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { FINISH, temporaryFolder, WORKER } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';

const MINUTE = 60_000;
const QUEUE = 'redis://queue:6379 verger';
/** A run on workers, 6 of 10 partitions done within the last minute. */
const RUNNING = {
  id: 'running-1',
  ...{ partitions: Array(10).fill(100) as number[], committed: [0, 1, 2, 3, 4, 5] },
  ...{ submittedMs: NOW_MS - MINUTE, queue: QUEUE },
};
const DONE = {
  ...{ id: 'done-1', partitions: [10, 10, 5], submittedMs: NOW_MS - 60 * MINUTE, isDone: true },
  quarantined: { 1: ['a/cut.jpg', 'b/half.jpg'] },
};

test('the list shows every run, the newest submission first, with state, counts, rate and time left', async (t) => {
  const site = await runSite(t);
  await writeRun(site.output, DONE);
  await writeRun(site.output, RUNNING);
  const answer = await site.get('/runs');
  const text = textOf(answer);
  assert.equal(answer.status, 200);
  assert.ok(text.indexOf('running-1') < text.indexOf('done-1'));
  assert.match(
    text,
    /running-1 \/data\/photos running on workers, or waiting for them 60 % · extract 1,000 10\/s 40\.0 s 2 lately 0 –/,
  );
  assert.match(text, /done-1 \/data\/photos done 100 % · finished 25 128\/s – – 2 25/);
  assert.match(String(answer.body), /href="\/verger\/runs\/running-1"/);
});

test('a damaged run is listed with the reason, and one without a manifest is none', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, DONE);
  await writeRun(site.output, RUNNING);
  await writeFile(join(site.output, 'note.txt'), 'no run');
  await writeFile(join(folder, 'manifest.json'), '{"format": 1}');
  const text = textOf(await site.get('/runs'));
  assert.match(text, /done-1 .{0,20}damaged E_RUN_CORRUPT: A file of the run is damaged/);
  assert.match(text, /2 runs/);
});
