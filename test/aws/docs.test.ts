/** docs/aws.md against what it describes: error codes, outputs, options, steps, and the columns of Parquet. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '@verger/core';
import { cli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { askDuckDb } from '@verger/testkit/duckdb';
import { plantOrchard } from '@verger/testkit/images';
import { STEP_NAMES } from '../../infra/aws/smoke/smoke.ts';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const page = read('docs/aws.md');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

let place: { folder: string; remove: () => Promise<void> };
before(async () => {
  place = await temporaryFolder();
});
after(() => place.remove());

test('it opens with what was never run, and with the smoke test', () => {
  assert.match(page, /^# On AWS\n\n\*\*Nothing on this page was ever run on AWS\.\*\*/);
  assert.ok(page.indexOf('npm run aws:smoke') < page.indexOf('\n## '));
});

test('every error code is one of ours', () => {
  const codes = [...new Set(page.match(/\bE_[A-Z0-9]+(?:_[A-Z]+)*/g))];
  assert.ok(codes.length > 10);
  assert.deepEqual(
    codes.filter((code) => !(code in ERRORS)),
    [],
  );
});

test('the steps of the smoke test are there, in their order', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+)` \| [^|]+ \|$/gm)].map(([, name]) => name);
  assert.deepEqual(rows, STEP_NAMES);
});

test('options of the deployment and outputs of the stack are those of the code', () => {
  const [shape = ''] = /const fields = [\s\S]*?\n\}\);/.exec(read('infra/aws/src/options.ts')) ?? [];
  const options = [...shape.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name);
  const rows = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| [^|]* \| [^|]+ \|$/gm)];
  const named = rows.flatMap(([, names = '']) => names.replaceAll('`', '').split(', '));
  const ours = [...named, ...[...page.matchAll(/-c (\w+)=/g)].map(([, name = '']) => name)];
  assert.ok(ours.length > 8);
  assert.deepEqual(
    ours.filter((name) => !options.includes(name)),
    [],
  );
  const outputs = read('infra/aws/src/outputs.ts');
  for (const name of ['CoordinatorPolicy', 'QueueTunnel', 'QueueAuthority', 'ControlBox', 'Results']) {
    assert.ok(page.includes(name) && outputs.includes(name), name);
  }
});

test('the DDL for Athena has the columns of the files, and the query works on them', async () => {
  const images = join(place.folder, 'images');
  await plantOrchard(images, { kinds: 2, views: 3 });
  const { code, stderr } = await cli(
    ['run', images, '--output', place.folder, '--name', 'run', '--components', '2', ...TRIAL],
    { env: { VERGER_CACHE: join(place.folder, 'cache') } },
  );
  assert.equal(code, 0, stderr);
  const tables = blocks('sql').flatMap((sql) => [
    ...sql.matchAll(/EXTERNAL TABLE (\w+) \((.*)\)\n.*LOCATION 's3:\/\/RESULTS\/RUN\/(\w+)\/'/g),
  ]);
  assert.equal(tables.length, 2);
  const types: Readonly<Record<string, string>> = {
    ...{ string: 'VARCHAR', 'array<double>': 'DOUBLE[]', 'array<float>': 'FLOAT[]' },
  };
  const query = blocks('sql').find((sql) => sql.startsWith('SELECT label')) ?? assert.fail('no query');
  for (const [, , columns = '', folder] of tables) {
    const { columns: described } = await askDuckDb(
      `DESCRIBE SELECT * FROM '${join(place.folder, 'run', `${folder}`, '*.parquet')}'`,
    );
    const wanted = columns.split(', ').map((column) => column.split(' '));
    assert.deepEqual(described.slice(0, 2), [
      wanted.map(([name]) => name),
      wanted.map(([, type = '']) => types[type]),
    ]);
  }
  const files = join(place.folder, 'run/projection/*.parquet');
  const answer = await askDuckDb(query.replace('FROM projection', `FROM '${files}'`));
  assert.deepEqual(answer.columns[1]?.map(Number), [3, 3]);
});
