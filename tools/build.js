/**
 * `npm run build`: compiles all packages, then bundles the program and its children into `dist/bundle` of their
 * packages, and the scripts of the pages (`packages/report/src/browser`) into `packages/report/dist/pages`.
 * JavaScript, so that it runs before anything is built. `--pages`: only the pages.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Names the files of the last build; `pack` takes those. */
const LIST = 'files.json';
const KEPT_MS = 24 * 3_600_000;

const root = fileURLToPath(new URL('..', import.meta.url));
if (!process.argv.includes('--pages')) {
  const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  await bundleProcess('apps/verger', 'src/cli/main.ts');
  await bundleProcess('packages/stages', 'src/child/main.ts');
}
const folder = `${root}packages/report/`;
// Each page that is sent on is a copy of uPlot.
const licence = readFileSync(
  fileURLToPath(import.meta.resolve('uplot/package.json')).replace('package.json', 'LICENSE'),
  'utf8',
);
await build({
  entryPoints: [`${folder}src/browser/report-page.ts`, `${folder}src/browser/live-page.ts`],
  outdir: `${folder}dist/pages`,
  bundle: true,
  minify: true,
  // Text of a page must be able to stand in any page.
  charset: 'ascii',
  format: 'iife',
  target: ['chrome109', 'firefox113', 'safari16.4'],
  conditions: ['verger-source'],
  loader: { '.css': 'text' },
  // Modules of core that pages do not use name them; what pages use does not.
  external: ['node:*'],
  banner: { js: `/* uPlot: ${licence.trim()} */` },
  legalComments: 'none',
  logLevel: 'warning',
});

/**
 * A process as few files: Node takes a millisecond for each of the 500 modules that a run loads, and its children
 * take as long. Packages of others stay apart, but for those of many small modules. What a module finds from
 * `import.meta.url` it must find from two folders below its package, too. Files of earlier builds stay for a day:
 * a process that runs, such as a worker, may have yet to load some of them.
 */
async function bundleProcess(folder, entry) {
  const within = /^(@verger\/|zod$|hyparquet(-writer)?(\/|$))/;
  const outdir = `${root}${folder}/dist/bundle`;
  const external = {
    name: 'external',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) => {
        if (kind === 'entry-point' || within.test(path)) return undefined;
        const [there, here] = [resolveDir, outdir].map((from) => packageFolder(path, from));
        // Another copy than its importer would have, or none at all once development's packages are gone.
        const text = `${path} is ${there} for ${resolveDir}, ${here} for the bundle: npm must install one copy`;
        return there === here ? { path, external: true } : { errors: [{ text }] };
      }),
  };
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${folder}/${entry}`],
    outdir,
    bundle: true,
    splitting: true,
    sourcemap: 'linked', // for stacks with VERGER_DEBUG
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['verger-source'],
    plugins: [external],
    logLevel: 'warning',
  });
  const built = Object.keys(metafile.outputs).map((file) => file.slice(file.lastIndexOf('/') + 1));
  const written = [...built, LIST];
  writeFileSync(`${outdir}/${LIST}`, `${JSON.stringify(built, null, 1)}\n`);
  for (const name of readdirSync(outdir)) {
    const file = `${outdir}/${name}`;
    const isOld = Date.now() - statSync(file).mtimeMs > KEPT_MS;
    if (!written.includes(name) && isOld) rmSync(file);
  }
}

/** The folder that a package is taken from by a module in `from`; undefined for one of Node's own. */
function packageFolder(path, from) {
  const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/');
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(place)) return place;
    if (folder === dirname(folder)) return undefined;
  }
}
