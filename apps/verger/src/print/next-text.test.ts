import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, VergerError } from '@verger/core';
import { runOf, withNames } from './next-text.ts';

test('an error names its run by its folder or by a file of it; other places are no run', () => {
  const of = (code: keyof typeof ERRORS, location?: string) =>
    runOf(new VergerError(code, location === undefined ? {} : { location }));
  assert.equal(of('E_PART_CORRUPT', '/out/a b/features/part-00001.parquet'), '/out/a b');
  assert.equal(of('E_RUN_CORRUPT', 's3://b/out/run/manifest.json'), 's3://b/out/run');
  assert.equal(of('E_RUN_CANCELLED', '/out/run'), '/out/run');
  assert.equal(of('E_INPUT_MISSING', '/images'), undefined);
  assert.equal(of('E_PCA_COMPONENTS'), undefined);
});

test('the commands of a next step name the run, quoted for a shell, with the flags that it needs', () => {
  const more = ['--s3-path-style'];
  assert.equal(
    withNames(ERRORS.E_RUN_FAILED.next, { run: '/out/a b', more }),
    "`verger status '/out/a b' --s3-path-style` shows why; " +
      "`verger resume '/out/a b' --s3-path-style` retries what is missing.",
  );
  assert.match(withNames(ERRORS.E_USAGE.next, { command: 'rm' }), /`verger help rm`/);
  assert.match(
    withNames(ERRORS.E_RUN_AMBIGUOUS.next, { output: 'out' }),
    /OUTPUT#<id prefix>; `verger list out`/,
  );
  for (const { next } of Object.values(ERRORS)) assert.equal(withNames(next, {}), next);
});
