import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globText, pythonText, snippetsOf, sqlText } from './snippets.ts';

const codeOf = (location: string) =>
  Object.fromEntries(snippetsOf(location, 25).map(({ id, code }) => [id, code]));

test('a location with quotes and glob characters stays one text and one path', () => {
  const { pandas, polars, duckdb, spark } = codeOf(`/data/we'ird "x" [1]*{a}/run/`);
  assert.match(pandas ?? '', /^run = "\/data\/we'ird \\"x\\" \[1\]\*\{a\}\/run"$/m);
  assert.ok(polars?.includes(`"/data/we'ird \\"x\\" [[]1[]][*]{a}/run/projection/*.parquet"`));
  assert.ok(duckdb?.includes(`'/data/we''ird "x" [[]1[]][*]{a}/run/projection/*.parquet'`));
  assert.ok(spark?.includes(`"/data/we'ird \\"x\\" \\\\[1\\\\]\\\\*\\\\{a\\\\}/run/projection"`));
});

test('of a run on S3 each library gets the URL that it reads', () => {
  const { pandas, polars, duckdb, spark } = codeOf('s3://results/3f2a');
  assert.match(pandas ?? '', /s3fs[\s\S]*run = "s3:\/\/results\/3f2a"/);
  assert.match(polars ?? '', /"s3:\/\/results\/3f2a\/projection\/\*\.parquet"/);
  assert.match(duckdb ?? '', /CREATE SECRET[\s\S]*'s3:\/\/results\/3f2a\/projection\/\*\.parquet'/);
  assert.match(spark ?? '', /"s3a:\/\/results\/3f2a\/projection"/);
});

test('literals hold what their languages take', () => {
  assert.equal(pythonText('a\n"\u202e\\'), '"a\\n\\"\\u202e\\\\"');
  assert.equal(sqlText("it's"), "'it''s'");
  assert.equal(globText('a[b]?*'), 'a[[]b[]][?][*]');
});
