import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { defer, VergerError } from '@verger/core';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';

const MINUTE = 60_000;
const QUEUE = 'redis://queue:6379 verger';
const HOSTILE = '<img src=x onerror=alert(1)>';
/** On workers; 6 of 10 partitions were done within the last minute. */
const RUNNING: WrittenRun = {
  ...{ id: 'running-1', partitions: Array(10).fill(100), committed: [0, 1, 2, 3, 4, 5] },
  ...{ submittedMs: NOW_MS - MINUTE, queue: QUEUE },
};
const DONE: WrittenRun = {
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
  assert.match(text, /running-1 \/data\/photos running 60 % · extract 1,000 10\/s 40\.0 s 2 lately 0 –/);
  assert.match(text, /done-1 \/data\/photos done 100 % · finished 25 128\/s – – 2 25/);
  assert.match(String(answer.body), /href="\/verger\/runs\/running-1"/);
  assert.match(String(answer.body), /<main [^>]*data-refresh="10"/);
});

test('the list finds runs by words and by state', async (t) => {
  const site = await runSite(t);
  await writeRun(site.output, DONE);
  await writeRun(site.output, RUNNING);
  assert.doesNotMatch(textOf(await site.get('/runs?q=RUNNING')), /done-1/);
  assert.doesNotMatch(textOf(await site.get('/runs?state=done')), /running-1/);
});

test('a damaged run is listed with the reason, and what is no run is not', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, DONE);
  await writeRun(site.output, RUNNING);
  await writeFile(join(site.output, 'note.txt'), 'no run');
  await rm(join((await writeRun(site.output, { ...RUNNING, id: 'gone' })).folder), { recursive: true });
  await writeFile(join(folder, 'manifest.json'), '{"format": 1}');
  const text = textOf(await site.get('/runs'));
  assert.match(text, /done-1 damaged E_RUN_CORRUPT: A file of the run is damaged/);
  assert.match(text, /2 runs/);
  assert.match(
    textOf(await site.get('/runs/done-1')),
    /manifest\.json : E_RUN_CORRUPT: .*verify RUN --repair/,
  );
});

test('a place that cannot be read says so in words, and the others are shown', async (t) => {
  const other = await temporaryFolder(t);
  const output = await temporaryFolder(t);
  const before = ({ location }: { location: string }) => {
    if (location.startsWith(other)) throw new VergerError('E_S3_UNREACHABLE', {}, { detail: 'Refused.' });
  };
  const site = await runSite(t, { output, places: [output, other], before });
  await writeRun(output, DONE);
  const text = textOf(await site.get('/runs'));
  assert.match(text, /cannot be read: E_S3_UNREACHABLE: .*Refused\. Check --s3-endpoint/);
  assert.match(text, /done-1/);
  const unknown = await site.get('/runs/elsewhere');
  assert.equal(unknown.status, 503);
  assert.match(textOf(unknown), /E_S3_UNREACHABLE/);
  assert.doesNotMatch(textOf(await site.get('/runs')), /elsewhere/);
});

test('the page of a finished run says what it is, and shows stages, quarantine, files and commands', async (t) => {
  const site = await runSite(t, { storageFlags: ['--s3-endpoint', 'http://x y'] });
  await writeRun(site.output, DONE);
  const answer = await site.get('/runs/done-1');
  const text = textOf(answer);
  assert.match(text, /MobileNetV2 features of 25 images \(585\.9 KiB\) in \/data\/photos, in 3 partitions/);
  assert.match(text, /extract done 25 of 25 images, 3 of 3 partitions 1 min 02 s/);
  assert.match(text, /E_IMG_TRUNCATED 2 The image ends before its last pixel\. Copy the image again/);
  assert.match(text, /a\/cut\.jpg apple E_IMG_TRUNCATED/);
  assert.match(text, /pca\/model\.json 695\.3 KiB [0-9a-f]{64}/);
  assert.match(text, /features\/part-00002\.parquet 5\.1 KiB [0-9a-f]{64}/);
  assert.match(text, /verger verify \S+\/done-1 --s3-endpoint 'http:\/\/x y'/);
  assert.match(text, /verger export \S+\/done-1 --output done-1\.parquet/);
  assert.doesNotMatch(String(answer.body), /data-refresh/, 'nothing more is to come');
});

test('commands are those of the container that serves: an export goes into a mounted folder', async (t) => {
  const program = 'docker compose run --rm verger';
  const site = await runSite(t, { program });
  assert.match(
    textOf(await site.get('/runs')),
    /Start one with docker compose run --rm verger run IMAGES --output/,
  );
  await writeRun(site.output, DONE);
  const text = textOf(await site.get('/runs/done-1')).replaceAll('&quot;', '"');
  assert.match(text, /docker compose run --rm verger verify \S+\/done-1/);
  assert.match(
    text,
    /run --rm -u "\$\(id -u\)" -v "\$PWD:\/out" verger export \S+ --output \/out\/done-1\.parquet/,
  );
});

test('the page of a run under way shows failures by code with the next step, and goes on being fetched', async (t) => {
  const site = await runSite(t);
  const failed = { partition: 7, code: 'E_CHILD_DIED', reason: 'signal SIGKILL', path: 'x/y.jpg' } as const;
  await writeRun(site.output, { ...RUNNING, failures: [failed, { ...failed, permanent: false }] });
  const answer = await site.get('/runs/running-1');
  const text = textOf(answer);
  assert.match(
    text,
    /E_CHILD_DIED 2 signal SIGKILL x\/y\.jpg Run the same command again\. If it .* restart it with more\. partition 7/,
  );
  assert.match(text, /verger resume \S+\/running-1 --redis redis:\/\/queue:6379/);
  assert.match(text, /7 failed, retried E_CHILD_DIED 100 – – 2/);
  assert.match(String(answer.body), /<main [^>]*data-refresh="7"/);
});

test('a run that failed says of what, and what to do next', async (t) => {
  const site = await runSite(t);
  const failure = { partition: 7, code: 'E_SUMS_RANGE', reason: 'Too many.', permanent: true } as const;
  await writeRun(site.output, { ...RUNNING, failures: [failure] });
  assert.match(textOf(await site.get('/runs')), /running-1 \/data\/photos failed E_SUMS_RANGE: Too many\./);
  const text = textOf(await site.get('/runs/running-1'));
  assert.match(text, /The run failed: E_SUMS_RANGE: Too many\. Split the images into several runs\./);
  assert.match(text, /7 failed E_SUMS_RANGE 100/);
});

test('partitions come in pages of 100, and by state', async (t) => {
  const site = await runSite(t);
  const partitions: number[] = Array(250).fill(2);
  const committed = partitions.map((_, at) => at).filter((at) => at !== 200);
  await writeRun(site.output, { ...RUNNING, partitions, committed });
  const body = String((await site.get('/runs/running-1?page=3')).body);
  assert.match(body, /<th scope="row"><span id="partition-249">249<\/span><\/th>/);
  assert.doesNotMatch(body, /id="partition-199"/);
  assert.match(body, /aria-current="page">3</);
  const open = textOf(await site.get('/runs/running-1?state=open'));
  assert.match(open, /1 partition Partition State .* Job 200 not committed 2 –/);
  assert.match(String((await site.get('/runs/running-1?page=99')).body), /aria-current="page">3</);
});

test('the quarantine of a finished run is searched by path and code', async (t) => {
  const site = await runSite(t);
  const paths = Array.from({ length: 150 }, (_, at) => `pear/${at}.jpg`);
  await writeRun(site.output, {
    ...DONE,
    partitions: [500],
    quarantined: { 0: [...paths, 'Äpfel/"x".jpg'] },
  });
  assert.match(textOf(await site.get('/runs/done-1')), /Images in quarantine \(the first 100\)/);
  assert.match(textOf(await site.get('/runs/done-1?q=PEAR/14')), /Images that match \(11\)/);
  assert.match(textOf(await site.get('/runs/done-1?q=äpfel/"')), /Images that match \(1\).*Äpfel\/"x"\.jpg/);
  assert.match(textOf(await site.get('/runs/done-1?q=e_img_trunc')), /Images that match \(the first 100\)/);
  assert.match(textOf(await site.get('/runs/done-1?q=nowhere')), /No image in quarantine matches/);
});

test('text from outside is inert: keys, labels, reasons, names, the query', async (t) => {
  const site = await runSite(t);
  const worst = `${HOSTILE}\u0007\u202e`;
  await writeRun(site.output, {
    ...DONE,
    quarantined: { 1: [worst] },
    label: worst,
    images: `/data/${worst}`,
  });
  const failure = { partition: 7, code: 'E_CHILD_DIED', reason: worst, path: worst } as const;
  const names = { by: { host: worst, pid: 1, name: worst }, workers: [worst], queue: `redis://x ${worst}` };
  await writeRun(site.output, { ...RUNNING, ...names, failures: [failure] });
  const query = new URLSearchParams({ q: worst, state: worst, page: worst, place: '1' });
  for (const address of ['/runs', `/runs?${query}`, `/runs/done-1?${query}`, '/runs/running-1']) {
    const body = String((await site.get(address)).body);
    assert.ok(!body.includes('<img'), address);
    assert.ok(!body.includes('\u0007') && !body.includes('\u202e'), address);
    assert.ok(body.includes('&lt;img src=x onerror'), address);
  }
});

test('two places with a run of the same id: one chooses, and each has an address', async (t) => {
  const [output, other] = [await temporaryFolder(t), await temporaryFolder(t)];
  await writeRun(output, DONE);
  await writeRun(other, { ...RUNNING, id: 'done-1' });
  const site = await runSite(t, { output, places: [output, other] });
  const choice = await site.get('/runs/done-1');
  assert.equal(choice.status, 300);
  assert.match(String(choice.body), /href="\/verger\/runs\/done-1\?place=2"><code>\S+done-1/);
  assert.match(textOf(await site.get('/runs/done-1?place=1')), /Run done-1 done/);
  assert.match(textOf(await site.get('/runs/done-1?place=2')), /Run done-1 running/);
  assert.equal((await site.get('/runs/done-1?place=3')).status, 404);
  assert.match(String((await site.get('/runs')).body), /href="\/verger\/runs\/done-1\?place=2"/);
});

test('a place may be a run itself', async (t) => {
  const output = await temporaryFolder(t);
  const { folder } = await writeRun(output, DONE);
  const site = await runSite(t, { output, places: [folder] });
  assert.match(textOf(await site.get('/runs/done-1')), /Run done-1 done/);
  assert.match(textOf(await site.get('/runs')), /1 run/);
});

test('what is no run’s name never reaches a storage', async (t) => {
  const site = await runSite(t);
  for (const id of ['..', '%2e%2e', '-x', 'a%2F..%2Fb', 'x'.repeat(65), '%00']) {
    const answer = await site.pages.answer({
      ...{ method: 'GET', path: `/runs/${decodeURIComponent(id)}`, query: new URLSearchParams() },
      ...{ form: new URLSearchParams(), base: '', signal: new AbortController().signal },
    });
    assert.ok(answer === undefined || ('status' in answer && answer.status === 404), id);
  }
  assert.deepEqual(site.calls, []);
  assert.equal((await site.get('/runs/not-there')).status, 404);
});

test('a page shows what is known while a storage takes its time', async (t) => {
  const gate = defer<void>();
  const reads: string[] = [];
  const before = async ({ kind, key }: { kind: string; key: string }) => {
    if (kind === 'read' && key.startsWith('commits/') && reads.push(key) > 3) await gate.promise;
  };
  const site = await runSite(t, { before });
  await writeRun(site.output, RUNNING);
  const answer = await site.get('/runs/running-1');
  assert.match(textOf(answer), /Reading 3 of 6 commits; numbers below are of those read/);
  assert.match(String(answer.body), /<main [^>]*data-refresh="2"/);
  gate.resolve();
  let text = '';
  while (!/600 of 1,000 images/.test(text)) text = textOf(await site.get('/runs/running-1'));
  assert.doesNotMatch(text, /Reading/);
});
