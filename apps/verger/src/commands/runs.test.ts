import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cancelFile, RUN_FILES, VergerError, withSelfHash } from '@verger/core';
import { openEpoch, recordBytes } from '@verger/run';
import { call } from '@verger/testkit/call';
import { startFakeRedis } from '@verger/testkit/fake-redis';
import { faultyStorage } from '@verger/testkit/faulty-storage';
import { redisMissing, startRedis } from '@verger/testkit/redis-server';
import { FINGERPRINT } from '@verger/testkit/rows';
import { goodImages, type TestRun, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { cancel } from './cancel.ts';
import { list } from './list.ts';
import { rm } from './rm.ts';
import { status } from './status.ts';

const FINISH = { csv: false, withImages: false, csvRaw: false, maxBad: 0.05 };
const YES = { flags: { yes: true } };
const LONG_AGO = '2020-01-01T00:00:00.000Z';
const deadPid = spawnSync(process.execPath, ['-e', '0']).pid;

async function finishedRun(t: TestContext): Promise<TestRun> {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 2 } });
  assert.equal((await run.execute()).verdict, 'ok');
  return run;
}

interface By {
  readonly host: string;
  readonly pid: number;
}

const GONE: By = { host: hostname(), pid: deadPid };

/** Opens the next epoch for some process; gives its number. */
async function epochBy({ store }: TestRun, by: By): Promise<number> {
  const at = new Date().toISOString();
  return (await openEpoch(store, { cause: 'resume', finish: FINISH, by: { ...by, name: 'x' }, at })).epoch;
}

/** A run whose first partition is committed, and whose two epochs belong to some processes. */
async function stoppedRun(t: TestContext, by: By, first: By = GONE) {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 4 } });
  await run.execute({
    epoch: await epochBy(run, first),
    seen: (event, executor) => {
      if (event.type === 'partition:done') void executor.close();
    },
  });
  await epochBy(run, by);
  return run;
}

const exists = async (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

test('list shows every run by its age, with the options that differ', async (t) => {
  const output = join(await temporaryFolder(t), 'results');
  const first = await testRun(t, goodImages(4), { name: 'late' });
  const second = await testRun(
    t,
    { ...goodImages(3), 'a/x.jpg': '' },
    { name: 'early', pca: { variance: 0.9 } },
  );
  await first.execute();
  await second.execute({ finish: { maxBad: 0 } });
  await cp(first.folder, join(output, 'late'), { recursive: true });
  await cp(second.folder, join(output, 'early'), { recursive: true });
  await mkdir(join(output, 'no-run'));
  const epoch = join(output, 'late/epochs/0001.json');
  const { selfHash: _, ...record } = JSON.parse(await readFile(epoch, 'utf8')) as { selfHash: string };
  await writeFile(epoch, JSON.stringify(withSelfHash({ ...record, at: '2030-01-02T03:04:05.000Z' })));

  type Listed = Record<'id' | 'state' | 'images' | 'extracted' | 'created', unknown> & { options: object };
  const runs = (await call(list, [output], { json: true })).json<Listed[]>();
  assert.deepEqual(
    runs.map(({ id, state, images, extracted, created }) => [
      id,
      state,
      images,
      extracted,
      String(created).slice(0, 4),
    ]),
    [
      ['early', 'done, too many bad images', 4, 3, '2026'],
      ['late', 'done', 4, 4, '2030'],
    ],
  );
  assert.deepEqual(Object.keys(runs[0]?.options ?? {}), ['images', 'variance'], 'only what differs');
  const { printed, code } = await call(list, [output], { columns: 200 });
  assert.equal(code, 0);
  assert.match(printed, /^run +state +images +extracted +k +created +options that differ\n─/);
  assert.match(printed, /late +done +4 +4 +\d+ +2030-01-02 03:04 .*variance=/);
  for (const columns of [40, 60, 80, 120]) {
    const lines = (await call(list, [output], { columns })).printed.split('\n');
    if (columns > 60) for (const line of lines) assert.ok([...line].length <= columns, line);
    assert.ok(lines.some((line) => line.includes('early')));
  }
  assert.equal((await call(list, [join(output, 'late')], { json: true })).json<unknown[]>().length, 1);
});

test('an option that a run does not have is said in words, and not beside the one that it has', async (t) => {
  const output = join(await temporaryFolder(t), 'results');
  const plans = {
    first: { extraction: { partitions: 2 } },
    second: { extraction: { partitionSize: 1 } },
    third: { pca: { variance: null, components: 2 }, extraction: { limit: 3 } },
  };
  for (const [name, options] of Object.entries(plans)) {
    const run = await testRun(t, goodImages(4), { name, ...options });
    await cp(run.folder, join(output, name), { recursive: true });
  }
  const { printed } = await call(list, [output], { columns: 300 });
  const optionsOf = (name: string) => new RegExp(`^${name} .*images=\\S+ (.*)$`, 'm').exec(printed)?.[1];
  assert.equal(optionsOf('first'), 'limit=all partitions=2 variance=0.75');
  assert.equal(optionsOf('second'), 'limit=all partitionSize=1 variance=0.75');
  assert.equal(optionsOf('third'), 'limit=3 partitions=automatic components=2');
});

test('a float32 run beside an int8 one has its precision, and no calibration', async (t) => {
  const output = join(await temporaryFolder(t), 'results');
  const int8 = { precision: 'int8', calibrationSha256: 'c'.repeat(64) } as const;
  const plans = { plain: FINGERPRINT, quantised: { ...FINGERPRINT, ...int8 } };
  for (const [name, fingerprint] of Object.entries(plans)) {
    const run = await testRun(t, goodImages(4), { name, fingerprint });
    await cp(run.folder, join(output, name), { recursive: true });
  }
  const { printed } = await call(list, [output], { columns: 300 });
  const optionsOf = (name: string) => new RegExp(`^${name} .*images=\\S+ (.*)$`, 'm').exec(printed)?.[1];
  assert.equal(optionsOf('plain'), 'precision=float32');
  assert.equal(optionsOf('quantised'), 'precision=int8 calibration=cccccccc');
});

test('a damaged run is listed as damaged, with the reason', async (t) => {
  const output = join(await temporaryFolder(t), 'results');
  const run = await finishedRun(t);
  for (const name of ['a', 'b', 'c', 'good']) await cp(run.folder, join(output, name), { recursive: true });
  await writeFile(join(output, 'a', RUN_FILES.manifest), '{"format":');
  await writeFile(join(output, 'b', RUN_FILES.success), 'yes');
  await writeFile(join(output, 'c/epochs/0001.json'), '{}');
  const called = await call(list, [output], { json: true });
  assert.deepEqual(
    called
      .json<{ id: string; state: string }[]>()
      .map(({ id, state }) => `${id} ${state}`)
      .sort(),
    ['a damaged', 'b damaged', 'c damaged', 'good done'],
  );
  assert.match((await call(list, [output])).printed, /\na is damaged: E_RUN_CORRUPT: /);
});

test('an output without runs is told from one that is not there', async (t) => {
  const folder = await temporaryFolder(t);
  assert.match((await call(list, [folder])).printed, /^no runs in \//);
  assert.deepEqual((await call(list, [folder], { json: true })).json(), []);
  assert.equal((await call(list, [join(folder, 'missing')])).error?.code, 'E_OUTPUT_MISSING');
  await writeFile(join(folder, 'file'), 'x');
  assert.equal((await call(list, [join(folder, 'file')])).error?.code, 'E_OUTPUT_MISSING');
});

test('cancel marks a run that has not ended, says what is kept, and changes nothing twice', async (t) => {
  const run = await stoppedRun(t, { host: hostname(), pid: deadPid });
  assert.match((await call(status, [run.folder])).printed, /: interrupted\n/);
  const first = await call(cancel, [run.folder]);
  assert.equal(first.code, 0);
  assert.match(
    first.printed,
    /: cancelled; a process that works on it stops within 10 s\n {2}kept +[1-3] of 4 partitions, /,
  );
  assert.match(first.printed, /verger resume \//);
  assert.ok(await exists(join(run.folder, cancelFile(2))));
  assert.match((await call(status, [run.folder])).printed, /: cancelled\n/);
  const again = await call(cancel, [run.folder], { json: true });
  assert.deepEqual([again.code, again.json<{ cancelled: boolean }>().cancelled], [0, false]);
  assert.equal((await run.execute({ cause: 'resume' })).verdict, 'ok');
  const done = await call(cancel, [run.folder]);
  assert.equal(done.code, 0);
  assert.match(done.printed, /nothing to cancel, it is done$/);
});

test('rm deletes a finished run whole, and leaves what is not of it', async (t) => {
  const run = await finishedRun(t);
  const other = await finishedRun(t);
  await writeFile(join(other.folder, 'notes.txt'), 'mine');
  await symlink(run.folder, join(other.folder, 'sums/elsewhere'));
  const left = await call(rm, [other.folder], YES);
  assert.equal(left.code, 0);
  assert.match(
    left.printed,
    /^deleted \/.*: \d+ files, [\d.]+ [KM]?i?B\n {2}kept, .*\n {4}notes.txt\n {4}sums\/elsewhere$/,
  );
  assert.deepEqual((await readdir(other.folder)).sort(), ['notes.txt', 'sums']);
  assert.ok(await exists(join(run.folder, RUN_FILES.success)), 'links are not followed');
  const gone = await call(rm, [run.folder], { ...YES, json: true });
  assert.deepEqual(gone.json<{ folderRemoved: boolean; left: string[] }>().left, []);
  assert.equal(await exists(run.folder), false);
  assert.equal((await call(rm, [run.folder], YES)).error?.code, 'E_RUN_NOT_FOUND');
  assert.equal((await call(rm, [run.imagesFolder], YES)).error?.code, 'E_RUN_NOT_FOUND');
});

test('rm asks, and without a yes nothing is deleted', async (t) => {
  const run = await finishedRun(t);
  for (const options of [{}, { json: true }]) {
    const { error } = await call(rm, [run.folder], options);
    assert.equal(error?.code, 'E_USAGE');
    assert.ok(await exists(join(run.folder, RUN_FILES.success)));
  }
  const refused = await call(rm, [run.folder], { confirm: async () => false });
  assert.deepEqual([refused.code, refused.error], [0, undefined]);
  assert.ok(await exists(join(run.folder, RUN_FILES.success)));
  let question = '';
  const confirm = async (asked: string) => {
    question = asked;
    return true;
  };
  assert.equal((await call(rm, [run.folder], { confirm })).code, 0);
  assert.match(question, /^Delete \/.*: \d+ files, /);
  assert.equal(await exists(run.folder), false);
});

test('rm refuses a run that may be under way', async (t) => {
  const refused = async (run: TestRun) => (await call(rm, [run.folder], YES)).error?.code;
  const mine = await stoppedRun(t, { host: hostname(), pid: process.pid });
  assert.equal(await refused(mine), 'E_RUN_ACTIVE');
  await call(cancel, [mine.folder]);
  const stopping = (await call(rm, [mine.folder], YES)).error;
  assert.equal(stopping?.code, 'E_RUN_STOPPING', 'its process lives');
  assert.match(stopping.message, /Process \d+ is still running: wait (60|5\d) seconds\./);

  const elsewhere = await stoppedRun(t, { host: 'another.example', pid: deadPid });
  assert.equal(await refused(elsewhere), 'E_RUN_ACTIVE');
  await call(cancel, [elsewhere.folder]);
  const unseen = (await call(rm, [elsewhere.folder], YES)).error;
  assert.equal(unseen?.code, 'E_RUN_STOPPING', 'it has had no time to see the mark');
  assert.match(unseen.message, /Process \d+ on another\.example may not have seen that yet: wait \d+ s/);
  const by = { host: 'h', pid: 1, name: 'x' };
  const longAgo = withSelfHash({ by, at: LONG_AGO });
  await writeFile(join(elsewhere.folder, cancelFile(2)), JSON.stringify(longAgo));
  assert.equal(await refused(elsewhere), undefined);
  await writeFile(join(mine.folder, cancelFile(2)), JSON.stringify(longAgo));
  const still = (await call(rm, [mine.folder], YES)).error;
  assert.equal(still?.code, 'E_RUN_ACTIVE');
  assert.match(still.message, /is still running although it was cancelled\./);

  assert.equal(await refused(await stoppedRun(t, { host: hostname(), pid: deadPid })), undefined);
  assert.equal((await call(rm, [mine.folder], { flags: { yes: true, force: true } })).code, 0);
});

test('rm looks at earlier epochs, too; a failed run goes only when no process is alive', async (t) => {
  const refused = async (run: TestRun) => (await call(rm, [run.folder], YES)).error?.code;
  const mine = { host: hostname(), pid: process.pid };
  const longAgo = { by: { ...GONE, name: 'x' }, at: LONG_AGO };
  const elsewhere = await stoppedRun(t, GONE, { host: 'another.example', pid: deadPid });
  assert.equal(await refused(elsewhere), 'E_RUN_ACTIVE');
  await elsewhere.store.create(cancelFile(1), Buffer.from(JSON.stringify(withSelfHash(longAgo))));
  assert.equal(await refused(elsewhere), undefined);

  for (const first of [mine, GONE]) {
    const failed = await stoppedRun(t, GONE, first);
    const before = ({ key }: { key: string }) => {
      if (key.startsWith('sums/')) throw new VergerError('E_OUTPUT_FULL');
    };
    const store = faultyStorage(failed.store, { before });
    assert.equal((await failed.execute({ store, epoch: 2 })).error?.code, 'E_OUTPUT_FULL');
    assert.match((await call(status, [failed.folder])).printed, /: failed\n/);
    assert.equal(await refused(failed), first === mine ? 'E_RUN_ACTIVE' : undefined);
  }
});

test('a failed run that workers do is cancelled, and not deleted before: its other jobs go on', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 4 } });
  const by = { ...GONE, name: 'x' };
  const how = { cause: 'run', finish: FINISH, by, at: 'now' } as const;
  const { epoch } = await openEpoch(run.store, { ...how, queue: 'redis://queue verger' });
  const before = ({ key }: { key: string }) => {
    if (key.startsWith('sums/')) throw new VergerError('E_OUTPUT_FULL');
  };
  const store = faultyStorage(run.store, { before });
  assert.equal((await run.execute({ store, epoch })).error?.code, 'E_OUTPUT_FULL');
  assert.match((await call(status, [run.folder])).printed, /: failed\n/);

  const refused = (await call(rm, [run.folder], YES)).error;
  assert.equal(refused?.code, 'E_RUN_ACTIVE');
  assert.match(refused.message, /Workers of redis:\/\/queue verger may be working on it\./);
  assert.match((await call(cancel, [run.folder])).printed, /: cancelled; a process that works on it/);
  assert.ok(await exists(join(run.folder, cancelFile(epoch))));
  const stopping = (await call(rm, [run.folder], YES)).error;
  assert.equal(stopping?.code, 'E_RUN_STOPPING');
  assert.match(stopping.message, /Workers of redis:\/\/queue verger may not have seen that yet: wait \d/);

  await writeFile(join(run.folder, cancelFile(epoch)), JSON.stringify(withSelfHash({ by, at: LONG_AGO })));
  assert.equal((await call(rm, [run.folder], YES)).error, undefined);
});

test('cancel leaves a run alone whose own process ended it', async (t) => {
  const run = await testRun(t, goodImages(4), { extraction: { partitions: 4 } });
  const before = ({ key }: { key: string }) => {
    if (key.startsWith('sums/')) throw new VergerError('E_OUTPUT_FULL');
  };
  await run.execute({ store: faultyStorage(run.store, { before }) });
  assert.match((await call(cancel, [run.folder])).printed, /: nothing to cancel, it has already failed\n/);
  assert.equal(await exists(join(run.folder, cancelFile(1))), false);
});

test('a run that is resumed while rm asks is not deleted', async (t) => {
  const run = await stoppedRun(t, GONE);
  const confirm = async () => {
    await epochBy(run, { host: hostname(), pid: process.pid });
    return true;
  };
  assert.equal((await call(rm, [run.folder], { confirm })).error?.code, 'E_RUN_ACTIVE');
  assert.ok(await exists(join(run.folder, RUN_FILES.manifest)));
});

test('a run whose manifest is damaged is deleted only by force', async (t) => {
  const run = await finishedRun(t);
  await writeFile(join(run.folder, RUN_FILES.manifest), '{');
  const { error } = await call(rm, [run.folder], YES);
  assert.equal(error?.code, 'E_RUN_CORRUPT');
  assert.match(error?.message ?? '', /--force/);
  assert.equal((await call(rm, [run.folder], { flags: { yes: true, force: true } })).code, 0);
  assert.equal(await exists(run.folder), false);
});

test('status asks the queue that is named who is there, and tells what its server answers', {
  skip: redisMissing,
}, async (t) => {
  const redis = await startRedis();
  const fake = await startFakeRedis(redis.port);
  t.after(() => redis.close());
  t.after(() => fake.close());
  const run = await testRun(t, goodImages(2), { extraction: { partitions: 2 } });
  const at = new Date().toISOString();
  const queue = `${fake.url} verger`;
  await openEpoch(run.store, { cause: 'run', finish: FINISH, by: { ...GONE, name: 'x' }, at, queue });
  const asked = async () => (await call(status, [run.folder], { flags: { redis: fake.url } })).printed;
  const well = await asked();
  assert.ok(
    well.includes(`queue       ${queue}: 0 workers, 0 reducers; for all runs: 0 jobs waiting, 0 active`),
    well,
  );
  assert.match(well, /\n {14}no worker is running: start `verger worker`\n/);
  fake.refuse({
    words: "OOM command not allowed when used memory > 'maxmemory'.",
    of: ([name]) => name === 'EVAL',
  });
  const refused = await asked();
  assert.match(
    refused,
    / {2}queue {7}redis:\S+ verger: E_REDIS_REFUSED: The Redis server does not accept writes\. OOM /,
  );
  const shown = await call(status, [run.folder], { flags: { redis: fake.url }, json: true });
  assert.equal(shown.json<{ queue: { error: { code: string } } }>().queue.error.code, 'E_REDIS_REFUSED');
  const without = await call(status, [run.folder]);
  assert.doesNotMatch(without.printed, /queue {7}/);
});

test('status shows the deadline of a run and what its autoscaler decided last', async (t) => {
  const run = await testRun(t, goodImages(2), { extraction: { partitions: 2 } });
  const at = new Date().toISOString();
  const deadline = new Date(Date.now() + 30 * 60_000 - 1).toISOString();
  const by = { ...GONE, name: 'x' };
  await openEpoch(run.store, {
    cause: 'run',
    finish: FINISH,
    by,
    at,
    queue: 'redis://queue verger',
    deadline,
  });
  const none = await call(status, [run.folder], { json: true });
  assert.equal(none.json<{ decision: unknown }>().decision, null);
  const decision = { at, fromVcpus: 0, vcpus: 16, reason: '2 images need 16 vCPUs.' };
  const record = { format: 'verger-scaling-1' as const, group: 'g', decisions: [decision] };
  await writeFile(join(run.folder, RUN_FILES.scaling), recordBytes(withSelfHash(record)));
  const { printed } = await call(status, [run.folder]);
  assert.match(printed, new RegExp(`\n  deadline    ${deadline}, in (29|30) min`));
  assert.match(printed, /\n {2}autoscaler {2}16 vCPUs instead of 0 at \S+: 2 images need 16 vCPUs\.\n/);
  const shown = await call(status, [run.folder], { json: true });
  assert.deepEqual(shown.json<{ decision: unknown; deadline: string }>().decision, decision);
  assert.equal(shown.json<{ deadline: string }>().deadline, deadline);
});
