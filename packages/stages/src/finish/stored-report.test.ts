import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_FILES, withSelfHash } from '@verger/core';
import { type ReportData, readEmbedded } from '@verger/report';
import { testServices } from '@verger/testkit/examined';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { bytesOf, goodImages, type TestRun, testRun } from '@verger/testkit/run-harness';
import { stageContext } from '../context.ts';
import { comparedRows } from './row-survey.ts';
import { remakeReportHtml } from './stored-report.ts';

const FILES = { ...goodImages(8), 'b/09-bad.jpg': 'BAD:E_IMG_DECODE' };

const dataOf = async (text: string) => await readEmbedded(/id="data">([^<]*)</.exec(text)?.[1] ?? '');

/** Of two pages of one run at different times. */
function assertSame(one: ReportData, other: ReportData): void {
  const { madeAt: _, ...facts } = one.facts;
  const { madeAt: __, ...otherFacts } = other.facts;
  assert.deepEqual(facts, otherFacts);
  assert.deepEqual(one.points, other.points);
}

async function remade(run: TestRun, store = run.store): Promise<ReportData> {
  const own = { run: { ...run, store, epoch: 1 }, signal: new AbortController().signal, emit: () => {} };
  return await dataOf(await remakeReportHtml(stageContext(testServices(), own)));
}

test('the page of a finished run is the one that finish made, with or without its timeline', async (t) => {
  const run = await testRun(t, FILES, { extraction: { partitions: 3 } });
  await run.execute({ finish: { maxBad: 1 } });
  const made = await dataOf(Buffer.from(await bytesOf(run.store, RUN_FILES.htmlReport)).toString('utf8'));
  assertSame(await remade(run), made);
  const watched = faultyStorage(run.store, {});
  await remade(run, watched);
  const commits = watched.calls.filter(({ key }) => key.startsWith('commits/'));
  assert.deepEqual(commits, [], 'the timeline has what the commits say');
  const { finishedMs, selfHash: _, ...rest } = made.facts.timeline ?? assert.fail('no timeline');
  assert.equal((finishedMs ?? 0) + rest.originMs, Date.parse(made.facts.madeAt));
  // When the run ended, only the timeline says.
  const without = { ...made, facts: { ...made.facts, timeline: withSelfHash(rest) } };
  await run.store.remove(RUN_FILES.timeline);
  assertSame(await remade(run), without);
  await run.store.replace(RUN_FILES.timeline, Buffer.from('{"format":'));
  assertSame(await remade(run), without);
});

test('a run that is not finished, or whose projection is damaged, has no page', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
  await run.execute();
  const file = 'projection/part-00001.parquet';
  const bytes = Buffer.from(await bytesOf(run.store, file));
  bytes[30]! ^= 1;
  await run.store.replace(file, bytes);
  await assert.rejects(remade(run), { code: 'E_PART_CORRUPT' });
  await run.store.remove(RUN_FILES.success);
  await assert.rejects(remade(run), { code: 'E_RUN_NO_MODEL' });
});

test('a run of which all images are in quarantine has a page without points', async (t) => {
  const run = await testRun(t, { 'a/1.jpg': 'BAD:E_IMG_DECODE' });
  await run.execute({ finish: { maxBad: 1 } });
  const { points, facts } = await remade(run);
  assert.equal(points, null);
  assert.deepEqual([facts.labels.length, facts.components.length, facts.quarantine[0]?.count], [0, 0, 1]);
});

test('all rows are compared while that is a matter of seconds, then as many as there are points', () => {
  assert.equal(comparedRows(1_000_000, 131, 25), 1_000_000);
  assert.equal(comparedRows(1_000_000, 4096, 25), 39_062);
  assert.equal(comparedRows(22_688, 4096, 25), 22_688);
  assert.equal(comparedRows(2_000_000, 131, 25), 100_000);
});
