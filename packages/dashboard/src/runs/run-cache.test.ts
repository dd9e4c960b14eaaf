import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Commit, withSelfHash } from '@verger/core';
import { openEpoch, readCommit, recordBytes } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { FINISH, jsonOf, WORKER } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, type RunSite, runSite, textOf } from '../testing/run-site.ts';

const RUN = {
  id: 'r',
  partitions: [10, 10, 10, 10],
  committed: [0, 1, 2],
  submittedMs: NOW_MS - 30_000,
  commitEveryMs: 1000,
};
const LONG_MS = 120_000;

/** Reads of records by name since the last call. */
function readsOf(site: RunSite): () => string[] {
  let from = 0;
  return () => {
    const reads = site.calls
      .slice(from)
      .filter(({ kind, key }) => kind === 'read' && !/_SUCCESS|cancelled|model|scaling/.test(key));
    from = site.calls.length;
    return reads.map(({ key }) => key).sort();
  };
}

test('each record is read once, however often its run is shown; a new commit is read alone', async (t) => {
  const site = await runSite(t);
  const { folder, manifest } = await writeRun(site.output, {
    ...RUN,
    failures: [{ partition: 3, code: 'E_CHILD_DIED', reason: 'x' }],
  });
  const reads = readsOf(site);
  await site.get('/runs');
  const first = reads();
  for (const name of ['epochs/0001.json', 'manifest.json', 'commits/part-00000.json']) {
    assert.equal(first.filter((key) => key === name).length, name === 'manifest.json' ? 2 : 1, name);
  }
  for (const address of ['/runs/r', '/runs', '/runs/r?page=1', '/runs']) {
    site.clock.passedMs += LONG_MS;
    await site.get(address);
  }
  assert.deepEqual(
    reads().filter((key) => key !== 'manifest.json'),
    [],
  );
  const store = openLocalStorage(folder);
  const other = await readCommit({ store, manifest }, 2);
  const { selfHash: _, ...fields } = other as Commit;
  await writeFile(
    join(folder, 'commits/part-00003.json'),
    recordBytes(withSelfHash({ ...fields, partition: 3 })),
  );
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs/r')), /40 of 40 images/);
  assert.deepEqual(reads(), ['commits/part-00003.json']);
});

test('viewers share looks: within two seconds, and while one is under way', async (t) => {
  const site = await runSite(t);
  await writeRun(site.output, RUN);
  await Promise.all(Array.from({ length: 20 }, () => site.get('/runs/r')));
  const lists = () => site.calls.filter(({ kind, key }) => kind === 'list' && key === 'commits/').length;
  assert.equal(lists(), 1);
  site.clock.passedMs += 1_000;
  await site.get('/runs/r');
  assert.equal(lists(), 1);
  site.clock.passedMs += 2_000;
  await Promise.all(Array.from({ length: 20 }, () => site.get('/runs/r')));
  assert.equal(lists(), 2);
});

test('of a finished run only its epochs and the end of _SUCCESS are looked at again, until another epoch', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, { ...RUN, committed: [0, 1, 2, 3], isDone: true });
  await site.get('/runs/r');
  const from = site.calls.length;
  site.clock.passedMs += LONG_MS;
  await site.get('/runs/r');
  const again = site.calls.slice(from).map(({ kind, key }) => `${kind} ${key}`);
  assert.deepEqual(again, ['list epochs/', 'read _SUCCESS']);
  const of = site.calls.length;
  site.clock.passedMs += LONG_MS;
  await site.get('/runs');
  const row = site.calls.slice(of).filter(({ location }) => location === folder);
  assert.deepEqual(
    row.map(({ kind, key }) => `${kind} ${key}`),
    ['list epochs/'],
  );
  const at = new Date(NOW_MS).toISOString();
  await openEpoch(openLocalStorage(folder), {
    cause: 'resume',
    finish: { ...FINISH, csv: true },
    by: WORKER,
    at,
  });
  site.clock.passedMs += LONG_MS;
  const text = textOf(await site.get('/runs/r'));
  assert.match(text, /Run r running/, '`_SUCCESS` does not answer what was asked for since');
  assert.match(text, /Epoch 2 to resume it/);
});

test('a commit that a repair replaced is read again, and one that it removed is forgotten', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, RUN);
  const store = openLocalStorage(folder);
  await site.get('/runs/r');
  await rm(join(folder, 'commits/part-00000.json'));
  const file = 'commits/part-00001.json';
  const { selfHash: _, ...fields } = await jsonOf<Commit>(store, file);
  await writeFile(
    join(folder, file),
    recordBytes(withSelfHash({ ...fields, extracted: 7, quarantined: { E_IMG_EMPTY: 3 } })),
  );
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs/r')), /20 of 40 images.*E_IMG_EMPTY 3 /);
});

for (const withTimeline of [false, true]) {
  const how = withTimeline ? 'with' : 'without';
  test(`a finished run ${how} a timeline that a repair opens again: done until its files go`, async (t) => {
    const site = await runSite(t);
    const run = { ...RUN, committed: [0, 1, 2, 3], isDone: true, withTimeline };
    const { folder } = await writeRun(site.output, run);
    await site.get('/runs/r');
    const at = new Date(NOW_MS).toISOString();
    await openEpoch(openLocalStorage(folder), { cause: 'repair', finish: FINISH, by: WORKER, at });
    site.clock.passedMs += LONG_MS;
    assert.match(textOf(await site.get('/runs/r')), /Run r done/, 'nothing was removed yet');
    await rm(join(folder, '_SUCCESS'));
    await rm(join(folder, 'commits/part-00000.json'));
    site.clock.passedMs += LONG_MS;
    assert.match(textOf(await site.get('/runs')), /r \/data\/photos running/);
    assert.match(textOf(await site.get('/runs/r')), /Run r running.*30 of 40 images/);
  });
}

test('a run whose removal stopped after _SUCCESS is not shown as done', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, { ...RUN, committed: [0, 1, 2, 3], isDone: true });
  assert.match(textOf(await site.get('/runs/r')), /Run r done/);
  await rm(join(folder, '_SUCCESS'));
  site.clock.passedMs += LONG_MS;
  assert.doesNotMatch(textOf(await site.get('/runs/r')), /Run r done/);
});

test('a run that was removed is gone, and one that was made again in its place is another', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, RUN);
  assert.match(textOf(await site.get('/runs/r')), /30 of 40 images/);
  await rm(folder, { recursive: true });
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs')), /There is no run yet/);
  assert.equal((await site.get('/runs/r')).status, 404);
  await writeRun(site.output, RUN);
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs/r')), /30 of 40 images/);
  await rm(folder, { recursive: true });
  await writeRun(site.output, { ...RUN, partitions: [5, 5], committed: [0] });
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs/r')), /5 of 10 images/);
});

test('commits of the run that was shown longest ago are dropped for memory, and read again by its page', async (t) => {
  const site = await runSite(t, { mostBytes: 20_000 });
  const many = { ...RUN, partitions: Array(100).fill(10) as number[] };
  await writeRun(site.output, many);
  await writeRun(site.output, { ...many, id: 'other' });
  const reads = readsOf(site);
  await site.get('/runs/r');
  site.clock.passedMs += 10;
  await site.get('/runs/other');
  reads();
  site.clock.passedMs += LONG_MS;
  assert.match(
    textOf(await site.get('/runs')),
    /r \/data\/photos running, or interrupted .{0,90}3 % · extract/,
  );
  assert.deepEqual(
    reads().filter((key) => key.startsWith('commits/')),
    [],
  );
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs/r')), /30 of 1,000 images/);
  assert.equal(reads().filter((key) => key.startsWith('commits/')).length, 3);
});

test('a look that takes long is not repeated for twenty times as long, unless it had much to read', async (t) => {
  const waits: number[] = [];
  const site = await runSite(t, {
    before: ({ kind, key }) => {
      if (kind === 'list' && key === 'commits/') site.clock.passedMs += waits.shift() ?? 0;
    },
  });
  await writeRun(site.output, RUN);
  await writeRun(site.output, {
    ...RUN,
    id: 'many',
    partitions: Array(80).fill(10),
    committed: [...Array(60).keys()],
  });
  const lists = async (id: string, afterMs: number) => {
    site.clock.passedMs += afterMs;
    const from = site.calls.length;
    await site.get(`/runs/${id}`);
    return site.calls.slice(from).filter(({ kind, key }) => kind === 'list' && key === 'commits/').length;
  };
  waits.push(1_000);
  assert.equal(await lists('r', 0), 1);
  assert.equal(await lists('r', 19_000), 0);
  assert.equal(await lists('r', 2_000), 1);
  waits.push(1_000);
  assert.equal(await lists('many', 0), 1);
  assert.equal(await lists('many', 3_000), 1);
});

test('a place that is not there is named as such, so that a misspelt one is seen', async (t) => {
  const site = await runSite(t);
  assert.doesNotMatch(textOf(await site.get('/runs')), /no such folder/);
  await rm(site.output, { recursive: true });
  site.clock.passedMs += LONG_MS;
  assert.match(textOf(await site.get('/runs')), /There is no run yet in:.*\(there is no such folder\)/s);
});
