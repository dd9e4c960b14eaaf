import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ErrorCode } from '@verger/core';
import { untrainedWeights } from '@verger/features';
import { type CliOptions, cli, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { kerasFile } from '@verger/testkit/keras-file';
import { assertRefused } from '@verger/testkit/refused';
import { filesUnder } from '@verger/testkit/run-folder';
import { expectedArrays } from '../../packages/features/src/weights/keras-weights.ts';

let place: { folder: string; remove: () => Promise<void> };
const at = (...names: string[]) => join(place.folder, ...names);

before(async () => {
  place = await temporaryFolder();
  await plantOrchard(at('images'), { kinds: 2, views: 2 });
  await writeFile(at('images', 'Banana', 'notes.txt'), 'no image');
  await mkdir(at('empty'));
  await mkdir(at('work'));
  await symlink(at('images'), at('link'));
});
after(() => place.remove());

/** The command is refused, says so, and leaves nothing where the output would be. */
async function refused(code: ErrorCode, pattern: RegExp, args: readonly string[], options?: CliOptions) {
  const result = await cli(args, { cwd: at('work'), ...options });
  assertRefused(result, code);
  assert.match(result.stderr, pattern);
  assert.deepEqual(filesUnder(at('out')), []);
  assert.deepEqual(
    filesUnder(at('work')).filter((file) => file !== 'verger.config.json'),
    [],
  );
}
const run = (images: string, ...more: string[]) => [
  'run',
  at(images),
  '--output',
  at('out'),
  '--weights',
  'untrained',
  ...more,
];

test('a word that is not understood is E_USAGE, with the word that was meant', async () => {
  await refused('E_USAGE', /Unknown command 'rnu'[\s\S]*Did you mean run\?/, ['rnu', at('images')]);
  await refused('E_USAGE', /Unknown command 'rnu'[\s\S]*Did you mean run\?/, ['help', 'rnu']);
  await refused('E_USAGE', /Unknown option '--varience'[\s\S]*--variance/, run('images', '--varience', '1'));
  await refused('E_USAGE', /Too many arguments/, [...run('images'), at('empty')]);
});

test('all faults of the configuration are named at once', async () => {
  const env = { VERGER_PROCESSES: 'many', VERGER_MAX_BAD: '2' };
  const flags = ['--variance', '0.5', '--components', '3', '--with-images', '--sample', '0'];
  const result = await cli(run('images', ...flags), { cwd: at('work'), env });
  assertRefused(result, 'E_CONFIG');
  for (const fault of [
    /--variance \(flag\) and --components \(flag\): use only one of them/,
    /--with-images \(flag\): this needs --csv/,
    /--sample \(flag\): this must be a share above 0/,
    /VERGER_PROCESSES \(environment\): this must be a whole number.*"many"/,
    /VERGER_MAX_BAD \(environment\): this must be a share from 0 to 1/,
  ]) {
    assert.match(result.stderr, fault);
  }
  assert.deepEqual(filesUnder(at('out')), []);
  // Who forgets --precision would get float32 without a word.
  const needed = /--calibration-images \(flag\): this needs --precision int8/;
  await refused('E_CONFIG', needed, run('images', '--calibration-images', '9'));
  const taken = /--calibration-images \(flag\): this is not for --reuse/;
  const reuse = ['--precision', 'int8', '--reuse', at('out'), '--calibration-images', '9'];
  await refused('E_CONFIG', taken, run('images', ...reuse));
});

test('a configuration file that is no JSON, or has unknown options, is E_CONFIG', async () => {
  const file = at('work', 'verger.config.json');
  await writeFile(file, '{\n  "variance": 0.9,\n  "output": oops\n}\n');
  await refused('E_CONFIG', /verger\.config\.json, line 3, column 13/, run('images'));
  await writeFile(file, '{ "varianz": 0.9, "partitions": "ten" }');
  await refused('E_CONFIG', /varianz[\s\S]*variance[\s\S]*|partitions/, run('images'));
  await writeFile(file, '{}');
});

test('a folder that is not there, a file in its place, and an output inside the images', async () => {
  await refused('E_INPUT_MISSING', /nowhere/, run('nowhere'));
  await refused('E_INPUT_UNREADABLE', /notes\.txt/, run('images/Banana/notes.txt'));
  const inside = (output: string) => ['run', at('images'), '--output', output, '--weights', 'untrained'];
  await refused('E_OUTPUT_INSIDE_IMAGES', /--output/, inside(at('images', 'deep', 'out')));
  await refused('E_OUTPUT_INSIDE_IMAGES', /--output/, inside(at('link', 'out')));
  assert.equal(filesUnder(at('images')).length, 5);
  for (const output of [at('images', 'Banana', 'notes.txt'), at('images', 'Banana', 'notes.txt', 'deep')]) {
    await refused(
      'E_OUTPUT_NOT_WRITABLE',
      /It, or a folder above it, is a file[\s\S]*--output/,
      inside(output),
    );
  }
});

test('a folder without images is E_NO_INPUT', async () => {
  await refused('E_NO_INPUT', /empty/, run('empty'));
});

test('a label rule that names no file', async () => {
  await refused(
    'E_LABEL_CSV',
    /The file does not exist\.\n.*none\.csv/,
    run('images', '--label', `csv:${at('none.csv')}`),
  );
});

test('weights that are missing, cut short, of another network, or not what they claim', async () => {
  const withWeights = (file: string) => run('images', '--processes', '1', '--weights', at(file));
  await refused('E_WEIGHTS_MISSING', /The file does not exist[\s\S]*none\.h5/, withWeights('none.h5'));
  await refused('E_WEIGHTS_MISSING', /It is not a file[\s\S]*empty/, withWeights('empty'));
  const planned = ['plan', at('images'), '--output', at('out'), '--weights', at('none.h5')];
  await refused('E_WEIGHTS_MISSING', /none\.h5/, planned);

  const weights = untrainedWeights(1);
  const arrays = expectedArrays().map(({ key, layer, shape }) => ({
    layer,
    name: key.slice(layer.length + 1),
    shape,
    data: weights.get(key)!,
  }));
  const whole = await kerasFile(arrays);
  await writeFile(at('cut.h5'), whole.subarray(0, Math.floor(whole.length * 0.6)));
  await refused('E_WEIGHTS_CORRUPT', /cut short.*[\s\S]*cut\.h5/, withWeights('cut.h5'));
  const other = arrays.filter(({ layer }) => layer === 'Conv1').map((array) => ({ ...array, layer: 'conv' }));
  await writeFile(at('other.h5'), await kerasFile(other));
  await refused('E_WEIGHTS_SHAPE', /Conv1\/kernel/, withWeights('other.h5'));
  await writeFile(at('seeded.h5'), whole);
  await refused('E_WEIGHTS_PROBE', /--custom-weights/, withWeights('seeded.h5'));
});

test('a run that is not there', async () => {
  await refused('E_RUN_NOT_FOUND', /out#12/, ['resume', `${at('out')}#12`]);
  await refused('E_RUN_NOT_FOUND', /notes\.txt/, ['status', at('images', 'Banana', 'notes.txt')]);
});

test('with --json an error is also an object on stdout', async () => {
  const { code, stdout, stderr } = await cli([...run('nowhere'), '--json']);
  assert.equal(code, 3);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; place: object } };
  assert.equal(error.code, 'E_INPUT_MISSING');
  assert.deepEqual(error.place, { location: at('nowhere') });
  assert.match(stderr, /^E_INPUT_MISSING: /);
});
