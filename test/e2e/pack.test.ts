import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { EXAMPLE_PRINTS, plantOrchard } from '@verger/testkit/images';
import type { ProgramResult } from '@verger/testkit/program';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
const BUILT = process.env['VERGER_BUILT'] === '1' ? ['--built'] : [];
const NO_REGISTRY =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/;
/** What npm is told of the registry and the way there. */
const OF_NPM =
  /^(npm_config_(registry|userconfig|cache|cafile|.*proxy)|(https?|no)_proxy|NODE_EXTRA_CA_CERTS)$/i;

/** What the types of the library must refuse. */
const MISUSE = `import * as verger from 'verger';
// @ts-expect-error: the types know every export, and this is none
const missing: unknown = verger.noSuchExport;
if (missing !== undefined || Object.keys(verger).length === 0) throw new Error('not the library');
`;

let place: { folder: string; remove: () => Promise<void> };
/** An empty project into which verger was installed from its file alone. */
let project: string;
let installed: ProgramResult;

before(async () => {
  place = await temporaryFolder();
  project = join(place.folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const pack = [
    '--import',
    import.meta.resolve('tsx'),
    `${ROOT}tools/pack.ts`,
    '--to',
    place.folder,
    ...BUILT,
  ];
  const packed = await runProgram(process.execPath, pack);
  assert.equal(packed.code, 0, packed.stderr);
  const file = join(place.folder, `verger-${version}.tgz`);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => OF_NPM.test(name)));
  installed = await runProgram('npm', ['install', '--ignore-scripts', '--prefer-offline', file], {
    cwd: project,
    env: { ...(env as Record<string, string>), npm_config_fetch_retries: '0', npm_config_audit: 'false' },
  });
});
after(() => place.remove());

/** Skips by name, where npm reaches no registry, what needs the packages of others. */
function isInstalled(t: TestContext): boolean {
  if (installed.code === 0) return true;
  assert.match(installed.stderr, NO_REGISTRY);
  assert.notEqual(process.env['VERGER_REQUIRE_SERVERS'], '1', installed.stderr);
  t.skip('needs a registry of npm, or its packages in the cache of npm');
  return false;
}

/** Files under a folder; a link counts as one. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

test('the file holds what runs, its types and its pages; no scripts, tests, sources or maps', async (t) => {
  if (!isInstalled(t)) return;
  const folder = join(project, 'node_modules/verger');
  const files = filesUnder(folder).map((file) => file.slice(folder.length + 1));
  for (const name of [
    'README.md',
    'LICENSE',
    'lib/index.d.ts',
    'npm-shrinkwrap.json',
    'infra/aws/prices.json',
  ])
    assert.ok(files.includes(name), name);
  for (const file of files) {
    assert.match(
      file,
      /\.(js|d\.ts|json|md)$|^docs\/images\/.*\.(png|svg)$|^(LICENSE|THIRD-PARTY-LICENCES)$/,
    );
    assert.doesNotMatch(file, /\.test\.|(^|\/)(src|testing|testkit)\//);
    const text = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('package.json')) assert.doesNotMatch(text, /"scripts"|"private"|verger-source/, file);
    if (file.endsWith('.js')) assert.doesNotMatch(text, /^\/\/# sourceMappingURL/m, file);
  }
});

test('the bundles are those of the last build: each file of them is reached, and nothing older', (t) => {
  if (!isInstalled(t)) return;
  const folder = join(project, 'node_modules/verger/dist/bundle');
  const reached = new Set(['main.js']);
  for (const file of reached)
    for (const [, name = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
      /["']\.\/([\w-]+\.js)["']/g,
    ))
      reached.add(name);
  assert.deepEqual([...reached].sort(), readdirSync(folder).sort());
});

test('licences and bill of materials name every foreign package, none for development', async () => {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const sbom = read(join(place.folder, `verger-${version}.sbom.json`));
  const components = (sbom['components'] as { name: string; version: string }[]).map(
    (component) => `${component.name} ${component.version}`,
  );
  assert.deepEqual([sbom['serialNumber'], sbom['bomFormat']], [undefined, 'CycloneDX']);
  const lock = read(`${ROOT}package-lock.json`)['packages'] as Record<
    string,
    { version: string; dev?: true }
  >;
  for (const name of [
    'onnxruntime-node',
    'sharp',
    'commander',
    'zod',
    'jsfive',
    'hyparquet',
    '@tensorflow/tfjs-core',
    '@img/sharp-darwin-arm64',
  ])
    assert.ok(components.includes(`${name} ${lock[`node_modules/${name}`]?.version}`), name);
  const builders = Object.keys(lock).filter((folder) => lock[folder]?.dev === true);
  assert.ok(builders.length > 10);
  for (const folder of builders) {
    const name = folder.replace(/^.*node_modules\//, '');
    assert.ok(!components.includes(`${name} ${lock[folder]?.version}`), name);
  }
  if (installed.code !== 0) return;
  const page = readFileSync(join(project, 'node_modules/verger/THIRD-PARTY-LICENCES'), 'utf8').split('\n');
  for (const component of components.filter((name) => !name.startsWith('@verger/'))) {
    assert.ok(
      page.some((line) => line.startsWith(`${component}: `)),
      component,
    );
  }
  const texts = page.join('\n');
  for (const words of [
    'Copyright (c) 2025 Colin McDonnell',
    'jsfive is in the public domain.',
    '\n@tensorflow/tfjs-core 4.22.0\n',
  ])
    assert.ok(texts.includes(words), words);
});

test('nothing that was installed leads to this tree', async (t) => {
  if (!isInstalled(t)) return;
  for (const file of filesUnder(join(project, 'node_modules'))) {
    if (lstatSync(file).isSymbolicLink()) {
      const target = realpathSync(file);
      assert.ok(target.startsWith(`${realpathSync(project)}/`), `${file} leads to ${target}`);
    } else if (file.includes('/verger/')) {
      assert.ok(!readFileSync(file, 'utf8').includes(ROOT), file);
    }
  }
});

test('the program runs: its version, the demo with its children, the help of a worker', async (t) => {
  if (!isInstalled(t)) return;
  const verger = (...args: string[]) =>
    runProgram(join(project, 'node_modules/.bin/verger'), args, { cwd: place.folder });
  assert.equal((await verger('--version')).stdout, `${version}\n`);
  assert.match((await verger('worker', '--help')).stdout, /^ {2}\$ verger worker --redis /m);
  const { code, stdout, stderr } = await verger('demo', '--limit', '30', '--processes', '2');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /30 listed = 30 extracted \+ 0 in quarantine/);
  assert.match(stdout, /^ {2}verger report verger-demo\/runs\//m);
});

test('the library can be imported, its types are known, and the example runs on it', async (t) => {
  if (!isInstalled(t)) return;
  await writeFile(join(project, 'misuse.ts'), MISUSE);
  await cp(`${ROOT}examples/run-images.ts`, join(project, 'run-images.ts'));
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [`${ROOT}node_modules/@types`],
  };
  const files = ['misuse.ts', 'run-images.ts'];
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = await runProgram(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, '-p', project]);
  assert.deepEqual([tsc.code, tsc.stdout], [0, '']);
  const ran = await runProgram(process.execPath, ['misuse.js'], { cwd: project });
  assert.deepEqual([ran.code, ran.stderr], [0, '']);
  await plantOrchard(join(project, 'photos'), { kinds: 2, views: 2 });
  const run = await runProgram(process.execPath, ['run-images.js', 'photos', 'results', 'untrained'], {
    cwd: project,
  });
  assert.deepEqual([run.code, run.stderr], [0, '']);
  assert.match(run.stdout, EXAMPLE_PRINTS);
});
