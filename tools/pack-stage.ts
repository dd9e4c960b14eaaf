import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { licencesPage } from './pack-licences.ts';
import { type LockEntries, runTimePackages } from './pack-lock.ts';
import { bundledManifest, type Manifest, programManifest, shrinkwrap } from './pack-manifests.ts';

/** The workspace that becomes the program; its `bin/verger.js` is what `verger` calls. */
const APP = 'apps/verger';
/** The workspace whose index is the library: what `import … from 'verger'` gives. */
const LIBRARY = 'packages/driver';
/** Pages for those who use verger. */
const PAGES = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs'];

const PRICES = 'infra/aws/prices.json';

/** Where `tools/build.js` puts the scripts of pages. */
const PAGE_SCRIPTS = 'dist/pages';
/** Where it puts processes: `files.json` names the files of the last build, the others are older. */
const BUNDLE = 'dist/bundle';

/**
 * Puts the built program into a folder as one package: the workspaces that it needs are bundled in
 * `node_modules/@verger`, packages of others are dependencies with exact versions. Gives its package.json.
 */
export function stagePackage(root: string, folder: string): Manifest {
  const lock = readJson<{ packages: LockEntries }>(join(root, 'package-lock.json'));
  const { workspaces, others } = runTimePackages(lock.packages, [APP, LIBRARY]);
  copyBuilt(join(root, APP), folder);
  cpSync(join(root, APP, 'bin'), join(folder, 'bin'), { recursive: true });
  const bundled = workspaces
    .filter((workspace) => workspace !== APP)
    .map((workspace) => {
      const manifest = bundledManifest(readManifest(join(root, workspace)));
      const target = join(folder, 'node_modules', manifest.name);
      copyBuilt(join(root, workspace), target);
      write(join(target, 'package.json'), json(manifest));
      return manifest;
    });
  const library = `export * from '${readManifest(join(root, LIBRARY)).name}';\n`;
  for (const file of ['index.js', 'index.d.ts']) write(join(folder, 'lib', file), library);

  const versions = exactVersions(workspaces.map((workspace) => readManifest(join(root, workspace))));
  const program = programManifest(readManifest(root), bundled, versions);
  write(join(folder, 'package.json'), json(program));
  const entries = Object.fromEntries([...others].map(([target, { entry }]) => [target, entry]));
  write(join(folder, 'npm-shrinkwrap.json'), json(shrinkwrap(program, bundled, entries)));
  write(join(folder, 'THIRD-PARTY-LICENCES'), licencesPage(root, others.values()));
  for (const page of PAGES) cpSync(join(root, page), join(folder, page), { recursive: true });
  // What `plan` and `report` count with.
  cpSync(join(root, PRICES), join(folder, PRICES), { recursive: true });
  return program;
}

/** The packages of others that some packages name, in order, with their versions. */
function exactVersions(manifests: readonly Manifest[]): Record<string, string> {
  const named = manifests.flatMap(({ dependencies = {} }) => Object.entries(dependencies));
  const others = named.filter(([name]) => !name.startsWith('@verger/'));
  return Object.fromEntries(others.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Copies what the sources of a workspace are built to: not what else is in `dist`, of sources that are gone,
 * nor tests, their helpers, and maps, whose sources are not packed.
 */
function copyBuilt(workspace: string, target: string): void {
  for (const file of readdirSync(join(workspace, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!/(?<!\.d)\.ts$/.test(file) || file.endsWith('.test.ts') || /(^|\/)(testing|browser)\//.test(file))
      continue;
    for (const built of [file.replace(/ts$/, 'js'), file.replace(/ts$/, 'd.ts')]) {
      const text = readFileSync(join(workspace, 'dist', built), 'utf8');
      write(join(target, 'dist', built), withoutMap(text));
    }
  }
  const pages = join(workspace, PAGE_SCRIPTS);
  if (existsSync(pages)) cpSync(pages, join(target, PAGE_SCRIPTS), { recursive: true });
  const bundle = join(workspace, BUNDLE);
  if (!existsSync(bundle)) return;
  for (const file of readJson<string[]>(join(bundle, 'files.json')).filter((name) => name.endsWith('.js')))
    write(join(target, BUNDLE, file), withoutMap(readFileSync(join(bundle, file), 'utf8')));
}

const withoutMap = (text: string) => text.replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
const readJson = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
const readManifest = (folder: string) => readJson<Manifest>(join(folder, 'package.json'));
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
