/** The app as the CLI runs it: offline, without an account, without Docker; and what it would upload. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BOX_FILES } from '../src/control-box.ts';
import { ROOT } from '../src/user-data.ts';
import { templateOf } from './variants.ts';

const folder = mkdtempSync(join(tmpdir(), 'verger-aws-synth-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const home = join(ROOT, 'infra/aws');

/** `cdk synth` in an environment without credentials, Docker and an instance's metadata. */
function synth(out: string, context: readonly string[]) {
  return spawnSync(
    process.execPath,
    [
      ...[join(home, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--no-lookups', '--output', out],
      ...context.flatMap((one) => ['-c', one]),
    ],
    {
      cwd: home,
      encoding: 'utf8',
      env: {
        PATH: join(process.execPath, '..'),
        HOME: folder,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CI: 'true',
      },
    },
  );
}

interface Manifest {
  readonly missing?: unknown;
  readonly artifacts: Record<string, { environment?: string; properties: { templateFile?: string } }>;
}
interface Assets {
  readonly files: Record<string, { displayName: string; source: { path: string; packaging: string } }>;
  readonly dockerImages: Record<
    string,
    { source: { directory: string; dockerFile: string; platform: string } }
  >;
}
const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as T;
const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

const out = join(folder, 'out');
const made = synth(out, ['inputBucket=photos']);

test('the CLI synthesizes the stack offline, and nothing would have to be looked up', () => {
  assert.equal(made.status, 0, made.stderr);
  const { missing = [], artifacts } = read<Manifest>(out, 'manifest.json');
  assert.deepEqual(missing, []);
  assert.equal(artifacts['Verger']?.environment, 'aws://unknown-account/eu-west-1');
  const template = read<{ Resources: object; Outputs: object }>(out, 'Verger.template.json');
  // The tests look at the same stack, made without the CLI.
  assert.deepEqual(Object.keys(template.Resources), Object.keys(templateOf('default').toJSON()['Resources']));
});

test('the image is built from what .dockerignore lets in, with its Dockerfile', () => {
  const [image] = Object.values(read<Assets>(out, 'Verger.assets.json').dockerImages);
  assert.equal(image?.source.platform, 'linux/amd64');
  const context = join(out, image.source.directory);
  const files = filesOf(context);
  for (const file of [
    image.source.dockerFile,
    ...['package.json', 'package-lock.json', '.npmrc', '.dockerignore', 'tsconfig.json', 'verger'],
    ...['apps/verger/package.json', 'packages/core/src/index.ts', 'infra/docker/bucket-policies.js'],
  ]) {
    assert.ok(files.includes(file), file);
  }
  assert.deepEqual(
    files.filter((file) =>
      /node_modules|\/dist\/|secrets|\.test\.ts$|^infra\/aws\/(?!prices\.json$)|^photos/.test(file),
    ),
    [],
  );
});

test('the control box gets the named files, executable as they are, and nothing else', () => {
  const box = Object.values(read<Assets>(out, 'Verger.assets.json').files).find(
    ({ source }) => source.packaging === 'zip',
  );
  assert.ok(box);
  const files = filesOf(join(out, box.source.path));
  assert.deepEqual(files, [...BOX_FILES].sort());
  for (const file of files) {
    assert.ok(readFileSync(join(out, box.source.path, file)).equals(readFileSync(join(ROOT, file))), file);
  }
});

test('every file that the compose files mount or read is among those of the control box', () => {
  const compose = ['docker-compose.yml', 'infra/aws/compose.override.yml', 'infra/aws/compose.tls.yml'];
  const text = compose.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  const mounted = [...text.matchAll(/\.?\/?(infra\/docker\/[\w./-]+)/g)]
    .map(([, file = '']) => file)
    .filter(
      (file) => existsSync(join(ROOT, file)) && !/secrets|metrics|store\.sh|Dockerfile|\.js$/.test(file),
    );
  assert.ok(mounted.length > 0);
  for (const file of mounted) {
    if (/actions\.yml|outside-s3\.yml/.test(file)) continue;
    assert.ok((BOX_FILES as readonly string[]).includes(file), file);
  }
});

test('from its files the control box makes the passwords and the list of users of the queue', () => {
  const box = join(folder, 'box');
  for (const file of BOX_FILES) cpSync(join(ROOT, file), join(box, file));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), '#!/bin/sh\necho 2.40.3\n', { mode: 0o755 });
  mkdirSync(join(box, 'infra/docker/secrets'), { recursive: true });
  writeFileSync(
    join(box, 'infra/docker/secrets/redis-url-worker'),
    'redis://verger-worker:given@queue:6379\n',
  );
  const env = { PATH: `${bin}:${process.env['PATH']}` };
  const { status, stderr } = spawnSync('sh', [join(box, 'infra/docker/setup.sh')], { encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  const users = readFileSync(join(box, 'infra/docker/secrets/users.acl'), 'utf8');
  assert.match(
    users,
    /^user verger-worker on >given /m,
    'the password of Secrets Manager, when it was there',
  );
  for (const user of ['coordinator', 'reducer', 'dashboard']) {
    assert.match(users, new RegExp(`^user verger-${user} on >[0-9a-f]{48} `, 'm'));
  }
});

test('options that cannot be used end the CLI with all of their faults', () => {
  const { status, stderr } = synth(join(folder, 'faulty'), ['maxVcpus=none', 'zones=9']);
  assert.equal(status, 1);
  assert.match(stderr, /inputBucket: must be given[\s\S]*maxVcpus: [\s\S]*zones: /);
  assert.doesNotMatch(stderr, /\n {4}at /, 'no stack of calls');
});

test('neither the repository nor the templates hold an account, a key or an address of ours', () => {
  const tracked = spawnSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', 'infra', 'test/aws', 'docs/aws.md'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  const isFile = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const files = tracked.stdout.split('\n').filter((file) => file !== '' && isFile(join(ROOT, file)));
  assert.ok(files.length > 30);
  const texts = [
    ...files.map((file) => [file, readFileSync(join(ROOT, file), 'latin1')] as const),
    ...readdirSync(out, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(out, name), 'latin1')] as const),
  ];
  for (const [name, text] of texts) {
    const accounts = text.match(/(?<![\w.])\d{12}(?!\w)/g) ?? [];
    // The account of AWS's own examples.
    const ours = accounts.filter((digits) => digits !== '123456789012');
    assert.deepEqual(ours, [], `${name}: twelve digits, as an account has`);
    assert.deepEqual(text.match(/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g), null, `${name}: a key`);
    const addresses = text.match(/[\w.+-]+@[\w-]+\.[a-z]{2,}\b/gi) ?? [];
    assert.deepEqual(
      addresses.filter((one) => !/@example\.(com|org)$/.test(one)),
      [],
      `${name}: an address`,
    );
    assert.doesNotMatch(text, /-----BEGIN [A-Z ]*PRIVATE KEY/, name);
  }
});
