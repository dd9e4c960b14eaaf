/**
 * Runs the test files by name. `node --test` with a folder or a quoted glob finds no `.ts` file and passes,
 * so the files are listed here, and none is a failure. Arguments: parts of paths to run only some files;
 * `--record` runs each in a process of its own and writes how long it took into `test/times.json`, which says
 * what is begun first and how many share a process (`test-groups.ts`). The project is built first: tests that
 * run the program from outside use the built one, which starts in half the time, and is never a stale one.
 * Four processes at a time keep two cores busy: a third of a file's time is waiting.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { trackedFiles } from './sources.ts';
import { LOADER, stripSources } from './stripped.ts';
import { groupFiles, groupModule } from './test-groups.ts';
import { longestFirst, type TestTimes, withMeasured } from './test-order.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const TIMES = `${root}test/times.json`;
const RECORD = '--record';
const isRecorded = process.argv.includes(RECORD);
const wanted = process.argv.slice(2).filter((word) => word !== RECORD);
const campaign = /^test\/(faults|bench|docker|browser|aws|reports)\//;
/** A project with packages of its own: `npm run test:aws`. */
const apart = /^infra\//;
const sources = trackedFiles(root, ['.ts']).filter((file) => existsSync(`${root}${file}`));
const tests = sources.filter((file) => file.endsWith('.test.ts') && !apart.test(file));
const files = tests.filter((file) =>
  wanted.length > 0 ? wanted.some((part) => file.includes(part)) : !campaign.test(file),
);
if (files.length === 0) {
  process.stderr.write(`no test file${wanted.length > 0 ? ` matches ${wanted.join(' ')}` : ' found'}\n`);
  process.exit(1);
}
const build = spawnSync(process.execPath, [`${root}tools/build.js`], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(1);
await stripSources(sources);
const times = (existsSync(TIMES) ? JSON.parse(readFileSync(TIMES, 'utf8')) : {}) as TestTimes;
const scratch = mkdtempSync(join(tmpdir(), 'verger-test-times-'));
const measured = join(scratch, 'measured.json');
const child = spawn(
  process.execPath,
  [
    ...['--import', LOADER, '--conditions=verger-source', `${root}tools/run-tests.ts`],
    ...(isRecorded ? longestFirst(files, times) : groupsLongestFirst()),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, VERGER_BUILT: '1', VERGER_TEST_TIMES: measured } },
);
child.on('error', (error) => {
  process.stderr.write(`the tests could not be started: ${error.message}\n`);
  process.exit(1);
});
// Whoever ends this ends the tests, and what they started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (isRecorded && code === 0) record();
  rmSync(scratch, { recursive: true, force: true });
  process.exit(signal === null ? (code ?? 1) : 1);
});

/** What is run: a file, or a module for the files that share a process; longest first. */
function groupsLongestFirst(): string[] {
  const sources = files.map((file) => ({ file, text: readFileSync(`${root}${file}`, 'utf8') }));
  const ofModules: Record<string, number> = {};
  const modules = groupFiles(sources, times).map((group) => {
    const [first = '', ...others] = group;
    if (others.length === 0) return first;
    const module = join(scratch, `${first.replaceAll('/', '-')}-and-${others.length}-more.mjs`);
    writeFileSync(module, groupModule(group.map((file) => pathToFileURL(`${root}${file}`).href)));
    ofModules[module] = group.reduce((sum, file) => sum + (times[file] ?? 1), 0);
    return module;
  });
  return longestFirst(modules, { ...times, ...ofModules });
}

function record(): void {
  const measuredMs = JSON.parse(readFileSync(measured, 'utf8')) as Record<string, number>;
  writeFileSync(TIMES, `${JSON.stringify(withMeasured(times, { measuredMs, files: tests }), null, 2)}\n`);
}
