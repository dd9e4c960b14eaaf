import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelFile, VergerError, withSelfHash } from '@verger/core';
import { recordBytes } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { WORKER } from '@verger/testkit/run-harness';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';

const RUN = {
  id: 'r',
  partitions: [10, 10],
  committed: [0],
  submittedMs: NOW_MS - 1000,
  queue: 'redis://q verger',
};

test('a dashboard without actions offers none and does none', async (t) => {
  const site = await runSite(t);
  await writeRun(site.output, RUN);
  assert.doesNotMatch(String((await site.get('/runs/r')).body), /\/cancel/);
  const answer = await site.post('/runs/r/cancel', { confirm: 'yes' });
  assert.equal(answer.status, 403);
  assert.match(textOf(answer), /--allow-actions/);
});

test('an action is confirmed, done, and leads back to the run', async (t) => {
  const done: string[] = [];
  const act = (name: string) => async (location: string) => void done.push(`${name} ${location}`);
  const site = await runSite(t, { actions: { cancel: act('cancel'), resume: act('resume') } });
  await writeRun(site.output, RUN);
  assert.match(String((await site.get('/runs/r')).body), /href="\/verger\/runs\/r\/cancel"/);
  for (const asked of [await site.get('/runs/r/cancel'), await site.post('/runs/r/cancel')]) {
    assert.equal(asked.status, 200);
    assert.match(
      String(asked.body),
      /<form class="actions" method="post" action="\/verger\/runs\/r\/cancel">/,
    );
  }
  assert.deepEqual(done, []);
  const answer = await site.post('/runs/r/resume', { confirm: 'yes' });
  assert.equal(answer.status, 303);
  assert.equal(answer.headers?.['location'], '/verger/runs/r');
  assert.deepEqual(done, [`resume ${site.output}/r`]);
  assert.equal((await site.post('/runs/other/resume', { confirm: 'yes' })).status, 404);
});

test('after an action the page shows what it has changed, however fresh the last look was', async (t) => {
  const cancel = async (location: string) => {
    const mark = withSelfHash({ by: WORKER, at: new Date(NOW_MS).toISOString() });
    await openLocalStorage(location).create(cancelFile(1), recordBytes(mark));
  };
  const site = await runSite(t, { actions: { cancel } });
  await writeRun(site.output, RUN);
  assert.match(textOf(await site.get('/runs/r')), /Run r running/);
  await site.post('/runs/r/cancel', { confirm: 'yes' });
  assert.match(textOf(await site.get('/runs/r')), /Run r cancelled/);
});

test('an action that fails says why', async (t) => {
  const refuse = async () => {
    throw new VergerError('E_REDIS_DENIED', {}, { detail: 'No <b>right</b>.' });
  };
  const site = await runSite(t, { actions: { cancel: refuse, resume: refuse } });
  await writeRun(site.output, RUN);
  const answer = await site.post('/runs/r/cancel', { confirm: 'yes' });
  assert.equal(answer.status, 502);
  assert.match(textOf(answer), /E_REDIS_DENIED: .*No <b>right<\/b>/);
});
