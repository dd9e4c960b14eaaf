import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { asCalled, programName } from './program-name.ts';

test('the name of the program can be typed where one is', (t) => {
  const here = t.mock.method(process, 'cwd');
  here.mock.mockImplementation(() => new URL('../../../..', import.meta.url).pathname.replace(/\/$/, ''));
  assert.equal(programName(), './verger');
  assert.equal(asCalled('Watch it: `verger status RUN`.'), 'Watch it: `./verger status RUN`.');
  here.mock.mockImplementation(tmpdir);
  assert.ok(programName().endsWith('/verger') && existsSync(programName()), programName());
  assert.equal(asCalled('`npx --no verger list`; verger cannot'), `\`${programName()} list\`; verger cannot`);
});

test('in a container it is what the container says', (t) => {
  process.env['VERGER_PROGRAM'] = 'docker compose run --rm verger';
  t.after(() => delete process.env['VERGER_PROGRAM']);
  assert.equal(asCalled('Watch it: `verger list`.'), 'Watch it: `docker compose run --rm verger list`.');
});
