/**
 * Runs the test files by name. `node --test` with a folder or a quoted glob finds no `.ts` file and passes, so the files are
 * listed here, and none is a failure. Arguments: parts of paths to run only some files. The project is built first: tests that run
 * the program from outside use the built one, which starts in half the time, and is never a stale one. Three files at a time
 * keep two cores busy: a third of a file's time is waiting.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { trackedFiles } from './sources.ts';
import { LOADER, stripSources } from './stripped.ts';

/** Begun last, each of these would run on alone when all others have ended. */
const LONG = [
  'test/e2e/cluster-errors.test.ts',
  'test/reference/fruits.test.ts',
  'test/e2e/cluster-runs.test.ts',
  'packages/cluster/src/cluster.test.ts',
];

function longestFirst(files: readonly string[]): string[] {
  return [...LONG.filter((file) => files.includes(file)), ...files.filter((file) => !LONG.includes(file))];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);
const campaign = /^test\/(faults|bench|docker)\//;
const sources = trackedFiles(root, ['.ts']).filter((file) => existsSync(`${root}${file}`));
const files = sources.filter(
  (file) =>
    file.endsWith('.test.ts') &&
    (wanted.length > 0 ? wanted.some((part) => file.includes(part)) : !campaign.test(file)),
);
if (files.length === 0) {
  process.stderr.write(`no test file${wanted.length > 0 ? ` matches ${wanted.join(' ')}` : ' found'}\n`);
  process.exit(1);
}
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
const build = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(1);
await stripSources(sources);
const child = spawn(
  process.execPath,
  ['--import', LOADER, '--conditions=verger-source', `${root}tools/run-tests.ts`, ...longestFirst(files)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, VERGER_BUILT: '1' } },
);
child.on('error', (error) => {
  process.stderr.write(`the tests could not be started: ${error.message}\n`);
  process.exit(1);
});
// Whoever ends this ends the tests, and what they started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
