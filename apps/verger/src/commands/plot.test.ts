import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RUN_FILES } from '@verger/core';
import { call } from '@verger/testkit/call';
import { goodImages, type TestRun, temporaryFolder, testRun } from '@verger/testkit/run-harness';
import { plot } from './plot.ts';

/** A finished run of labels `a`, `b, c` and none. */
async function finishedRun(t: TestContext, options: Parameters<typeof testRun>[2] = {}): Promise<TestRun> {
  const plain = Object.entries(goodImages(12));
  const files = plain.map(([, bytes], at) => [`${['a/', 'b, c/', ''][at % 3]}${at}.jpg`, bytes]);
  const run = await testRun(t, Object.fromEntries(files), {
    ...{ pca: { variance: null, components: 3 }, extraction: { partitions: 3 } },
    ...options,
  });
  assert.equal((await run.execute()).verdict, 'ok');
  return run;
}

test('a scatter is written, the same bytes each time, and told as JSON', async (t) => {
  const run = await finishedRun(t);
  const folder = await temporaryFolder(t);
  const file = join(folder, 'new', 'scatter.svg');
  const made = await call(plot, [run.folder], { flags: { output: file }, json: true });
  const { sha256, bytes, ...rest } = made.json<{ sha256: string; bytes: number }>();
  const svg = await readFile(file, 'utf8');
  assert.deepEqual(rest, {
    ...{ runId: run.manifest.runId, kind: 'scatter', file, widthMm: 180, heightMm: 120 },
    ...{ components: [1, 2], points: 12, rows: 12, labels: 3 },
  });
  assert.equal(bytes, Buffer.byteLength(svg));
  assert.match(svg, /<title>PC 1 and PC 2 of run /);
  const again = await call(plot, [run.folder], { flags: { output: `${folder}/again.svg` }, json: true });
  assert.equal(again.json<{ sha256: string }>().sha256, sha256);
  assert.deepEqual(await readdir(join(folder, 'new')), ['scatter.svg'], 'no temporary file stays');
});

test('labels are chosen by name, commas and all; other components and the variance are drawn', async (t) => {
  const run = await finishedRun(t);
  const folder = await temporaryFolder(t);
  const drawn = async (name: string, flags: Record<string, unknown>) => {
    const file = join(folder, name);
    const called = await call(plot, [run.folder], { flags: { output: file, ...flags } });
    assert.equal(called.error, undefined);
    return { svg: await readFile(file, 'utf8'), printed: called.printed };
  };
  const one = await drawn('1.svg', {
    labels: 'b, c',
    components: '3,1',
    size: '88x60.5',
    title: 'T',
    background: 'white',
  });
  assert.match(one.svg, /width="88mm" height="60.5mm"[\s\S]*<rect width="100%"[\s\S]*>T<[\s\S]*>PC 3 \(/);
  assert.match(one.svg, /4 images, 1 label of 3;/);
  assert.match(one.printed, /components 3 and 1 of 4 images of 1 label\n {2}file .* 88 × 60.5 mm\)$/);
  const two = await drawn('2.svg', { labels: 'a,' });
  assert.match(two.svg, /8 images, 2 labels of 3;/);
  const variance = await drawn('3.svg', { kind: 'variance' });
  assert.match(variance.svg, />k = 3 \(/);
  const named = await call(plot, [run.folder], {
    flags: { output: `${folder}/`, kind: 'variance' },
    json: true,
  });
  assert.equal(named.json<{ file: string }>().file, join(folder, `${run.manifest.runId}-variance.svg`));
});

test('what is not possible is said with what is', async (t) => {
  const run = await finishedRun(t);
  const folder = await temporaryFolder(t);
  const file = join(folder, 'x.svg');
  const refused = async (flags: Record<string, unknown>) => {
    const { error } = await call(plot, [run.folder], { flags: { output: file, ...flags } });
    return `${error?.code}: ${error?.message}`;
  };
  assert.match(
    await refused({ labels: 'a,B,C' }),
    /^E_USAGE: .*no images with the label "B"\. Its labels are "a", "b, c"\.$/,
  );
  assert.match(await refused({ labels: 'b; c' }), /label "b; c"\. Did you mean "b, c"\?/);
  for (const components of ['1,4', '0,1', '2,2', '1', 'a,b']) {
    assert.match(await refused({ components }), /two different numbers from 1 to 3/, components);
  }
  for (const size of ['10x10', '180', '2000x100', 'axb'])
    assert.match(await refused({ size }), /in mm/, size);
  assert.match(await refused({ kind: 'pie' }), /--kind must be one of scatter, variance, not pie/);
  assert.match(await refused({ kind: 'variance', labels: 'a' }), /--labels is for --kind scatter/);
  assert.match(await refused({ background: 'red' }), /--background must be one of none, white/);
  assert.match(await refused({ output: join(folder, 'x.png') }), /must end in \.svg/);
  assert.match(await refused({ output: undefined }), /--output FILE is missing/);
  assert.match(await refused({ output: 's3://bucket/x.svg' }), /on this machine/);
  assert.match(await refused({ output: join(run.folder, 'x.svg') }), /^E_OUTPUT_INSIDE_RUN/);
  assert.deepEqual(await readdir(folder), []);
});

test('an existing file is overwritten only by force', async (t) => {
  const run = await finishedRun(t);
  const folder = await temporaryFolder(t);
  const file = join(folder, 'x.svg');
  await writeFile(file, 'mine');
  assert.equal((await call(plot, [run.folder], { flags: { output: file } })).error?.code, 'E_OUTPUT_EXISTS');
  assert.equal(await readFile(file, 'utf8'), 'mine');
  assert.equal((await call(plot, [run.folder], { flags: { output: file, force: true } })).code, 0);
  assert.match(await readFile(file, 'utf8'), /^<\?xml/);
  const taken = join(folder, 'folder.svg');
  await mkdir(taken);
  const inside = await call(plot, [run.folder], { flags: { output: taken }, json: true });
  assert.equal(inside.json<{ file: string }>().file, join(taken, `${run.manifest.runId}-scatter.svg`));
});

test('a run with one component, without a model or unfinished says what to do', async (t) => {
  const file = join(await temporaryFolder(t), 'x.svg');
  const refused = async (run: TestRun, flags = {}) =>
    (await call(plot, [run.folder], { flags: { output: file, ...flags } })).error;
  const narrow = await finishedRun(t, { pca: { variance: null, components: 1 } });
  const one = await refused(narrow);
  assert.equal(one?.code, 'E_USAGE');
  assert.match(one?.message ?? '', /Use --kind variance, or fit more with `\S+ refit \S+ --components 2`/);
  assert.equal(await refused(narrow, { kind: 'variance' }), undefined);
  const two = await testRun(t, goodImages(2), { pca: { variance: null, components: 1 } });
  await two.execute();
  assert.match(
    (await refused(two, { force: true }))?.message ?? '',
    /Use --kind variance\.$/,
    'a refit fails',
  );
  const bad = await testRun(t, { 'a/x.jpg': '' }, {});
  await bad.execute({ finish: { maxBad: 1 } });
  assert.equal((await refused(bad))?.code, 'E_RUN_NO_ROWS');
  const unfinished = await testRun(t, goodImages(2), {});
  assert.equal((await refused(unfinished))?.code, 'E_RUN_NO_MODEL');
  const damaged = await finishedRun(t);
  const model = join(damaged.folder, RUN_FILES.model);
  await writeFile(model, (await readFile(model, 'utf8')).replace('"k"', '"K"'));
  assert.equal((await refused(damaged, { force: true }))?.code, 'E_RUN_CORRUPT');
});
