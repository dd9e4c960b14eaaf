import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stageContext } from '@verger/stages';
import { examine, testServices } from '@verger/testkit/examined';
import { type FakeChildren, fakeChildren } from '@verger/testkit/fake-children';
import { goodImages, testRun } from '@verger/testkit/run-harness';
import fc from 'fast-check';
import { drawRows, recomputeRows } from './recompute.ts';

const OTHER = Buffer.from(' otherwise');

/** Children that see other bytes than the file's, as another engine would. */
const otherwise = (numericClass = 'fake') =>
  fakeChildren({
    numericClass,
    before: (request) => {
      if (request.kind !== 'images') return;
      const images = request.images.map((bytes) => Buffer.concat([bytes, OTHER]));
      Object.assign(request, { images });
    },
  });

async function recompute(t: TestContext, count: number, children = fakeChildren(), gone = '') {
  const run = await testRun(t, { ...goodImages(6), 'a/bad.jpg': 'BAD:E_IMG_DECODE' });
  await run.execute({ finish: { maxBad: 1 } });
  if (gone !== '') await appendFile(join(run.imagesFolder, gone), 'more');
  const { parts } = await examine(run);
  const own = { run: { ...run, epoch: 0 }, signal: new AbortController().signal, emit: () => {} };
  return await recomputeRows(stageContext(testServices(children), own), parts, { count, seed: 7 });
}

test('rows are drawn without repetition, as many as there are, the same for a seed', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(250), fc.nat(), (total, count, seed) => {
      const rows = drawRows(total, count, seed);
      assert.equal(rows.length, Math.min(total, count));
      assert.equal(new Set(rows).size, rows.length);
      assert.ok(rows.every((row, index) => row >= 0 && row < total && row >= (rows[index - 1] ?? 0)));
      assert.deepEqual(drawRows(total, count, seed), rows);
    }),
  );
  assert.notDeepEqual(drawRows(1000, 10, 1), drawRows(1000, 10, 2));
});

test('rows that are extracted again are equal to the last bit', async (t) => {
  const { compared, sameClass, skipped, findings } = await recompute(t, 4);
  assert.deepEqual([compared, sameClass, skipped, findings], [4, 4, 0, []]);
  const all = await recompute(t, 100);
  assert.deepEqual([all.compared, all.findings], [7, []], 'with the one in quarantine');
});

test('features of another image are a fault of the features file, in any numeric class', async (t) => {
  for (const numericClass of ['fake', 'another']) {
    const children = otherwise(numericClass);
    const { compared, findings } = await recompute(t, 100, children);
    assert.equal(compared, 7);
    assert.equal(findings.length, 6);
    assert.deepEqual([findings[0]?.severity, findings[0]?.repair], ['fault', 'extract']);
    assert.match(findings[0]?.what ?? '', /features of "a\/00\.jpg" (do not match|differ from)/);
    const isOther = findings.every(({ what }) => what.includes('an earlier release may have read'));
    assert.equal(isOther, numericClass === 'another');
  }
});

test('int8 features of another numeric class may differ more, but not in direction', async (t) => {
  const run = await testRun(t, goodImages(3));
  await run.execute({});
  const { parts } = await examine(run);
  const recomputeAs = async (precision: 'int8' | undefined, step: number) => {
    const inner = fakeChildren({ numericClass: 'another' });
    const call = (async (kind, request) => {
      const response: unknown = await inner.call(kind, request);
      if (kind !== 'images') return response;
      const batch = response as { readonly outcomes: readonly { readonly features: Float32Array }[] };
      const moved = (features: Float32Array) => features.map((value, at) => value + (at % 2) * step);
      return { ...batch, outcomes: batch.outcomes.map((one) => ({ ...one, features: moved(one.features) })) };
    }) as FakeChildren['call'];
    const fingerprint = { ...run.manifest.fingerprint, ...(precision === undefined ? {} : { precision }) };
    const of = { ...run, manifest: { ...run.manifest, fingerprint }, epoch: 0 };
    const own = { run: of, signal: new AbortController().signal, emit: () => {} };
    const ctx = stageContext(testServices({ ...inner, call }), own);
    return (await recomputeRows(ctx, parts, { count: 100, seed: 7 })).findings;
  };
  assert.deepEqual(await recomputeAs('int8', 0.01), []);
  assert.match((await recomputeAs('int8', 3))[0]?.what ?? '', /their cosine is 0\.\d{4}\./);
  assert.match((await recomputeAs(undefined, 0.01))[0]?.what ?? '', /differ from those of the image by/);
});

test('an image that changed since is told, and is no fault of the run', async (t) => {
  const { compared, skipped, findings } = await recompute(t, 100, fakeChildren(), 'a/01.jpg');
  assert.deepEqual([compared, skipped], [6, 1]);
  assert.deepEqual(
    findings.map(({ severity, what }) => `${severity}: ${what}`),
    ['note: "a/01.jpg" could not be extracted again: E_IMG_CHANGED.'],
  );
});

test('a quarantine that the bytes contradict is a fault: features, or another code', async (t) => {
  for (const [now, what] of [
    ['image', 'is in quarantine as E_IMG_DECODE, but its image gives features'],
    ['BAD:E_IMG_TRUNCATED', 'is in quarantine as E_IMG_DECODE, but its image is E_IMG_TRUNCATED'],
  ] as const) {
    const children = fakeChildren({
      before: (request) => {
        if (request.kind !== 'images') return;
        const isBad = (bytes: Uint8Array) => Buffer.from(bytes).toString().startsWith('BAD');
        const images = request.images.map((bytes) => (isBad(bytes) ? Buffer.from(now) : bytes));
        Object.assign(request, { images });
      },
    });
    const { findings } = await recompute(t, 100, children);
    assert.deepEqual(
      findings.map(({ severity, repair, what }) => `${severity} ${repair} ${what}`),
      [`fault extract "a/bad.jpg" ${what}.`],
    );
  }
});

test('what the surroundings put into quarantine is not drawn', async (t) => {
  const run = await testRun(t, { ...goodImages(3), 'a/crash.jpg': 'CRASH' });
  await run.execute({ finish: { maxBad: 1 } });
  const { parts } = await examine(run);
  const children = fakeChildren();
  const own = { run: { ...run, epoch: 0 }, signal: new AbortController().signal, emit: () => {} };
  const ctx = stageContext(testServices(children), own);
  const { compared, skipped } = await recomputeRows(ctx, parts, { count: 100, seed: 1 });
  assert.deepEqual([compared, skipped, children.asked.includes('CRASH')], [3, 0, false]);
});
