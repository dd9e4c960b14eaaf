/**
 * The same features files give the same sums, model, projection and CSV under other versions of Node:
 * `npm run test:node-versions [-- MAJOR …]` (22 and 24). Needs a registry: each Node is had as the npm
 * package `node-<platform>-<arch>`. A run is made by this Node; its sums, commits, model, projection,
 * quarantine and CSV are deleted from a copy, and the other Node makes them again from the features files;
 * then it makes the whole run again. Exit 1 on any difference.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Commit, RUN_FILES } from '@verger/core';
import { markdownTable, runBuilt, runProgram } from '@verger/testkit/built';
import { TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';

const PARTITIONS = 5;
const DEFAULT_MAJORS = ['22', '24'];
/** What is deleted from the copy: everything that follows from manifest, listing and features. */
const DERIVED = [
  ...['sums', 'commits', 'pca', 'projection', 'epochs'],
  ...[RUN_FILES.quarantine, RUN_FILES.csv, RUN_FILES.report, RUN_FILES.success],
];

interface Outcome {
  readonly runId: string;
  readonly location: string;
}

async function mustRun(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  return stdout.trim();
}

/** Fetches a Node of that major version; gives its executable and its version. */
async function fetchNode(folder: string, major: string): Promise<{ node: string; version: string }> {
  const place = join(folder, `node-${major}`);
  await mkdir(place);
  const name = `node-${process.platform}-${process.arch}@${major}`;
  const packed = await mustRun('npm', ['pack', '--silent', name], place);
  await mustRun('tar', ['-xzf', packed.split('\n').at(-1)!], place);
  const node = join(place, 'package', 'bin', 'node');
  return { node, version: await mustRun(node, ['--version'], place) };
}

const runFrom = (images: string, output: string): string[] => [
  ...['run', images, '--output', output, ...TRIAL, '--csv', '--processes', '2'],
  ...['--partitions', String(PARTITIONS)],
];

/** The names whose bytes differ, or `same`. */
function compare(found: Record<string, string>, expected: Record<string, string>, folder?: RegExp): string {
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  const differing = names.filter((name) => (folder?.test(name) ?? true) && found[name] !== expected[name]);
  return differing.length === 0 ? 'same' : `DIFFERS: ${differing.join(', ')}`;
}

/** Every partition must have been adopted from its features file, or nothing was shown. */
async function assertAdopted(location: string): Promise<void> {
  const commits = filesUnder(join(location, 'commits'));
  if (commits.length !== PARTITIONS) throw new Error(`${commits.length} commits in ${location}`);
  for (const file of commits) {
    const commit = JSON.parse(await readFile(join(location, 'commits', file), 'utf8')) as Commit;
    if (!commit.adopted) throw new Error(`${file} was extracted again, not adopted`);
  }
}

async function main(): Promise<number> {
  const majors = process.argv.slice(2).length > 0 ? process.argv.slice(2) : DEFAULT_MAJORS;
  const { folder, remove } = await temporaryFolder();
  try {
    const images = join(folder, 'orchard');
    await plantOrchard(images, { kinds: 8, views: 12, broken: true });
    const { runId, location } = await runBuilt<Outcome>(runFrom(images, join(folder, 'here')));
    const expected = await promisedHashes(location);
    const rows = [['Node', 'sums', 'model', 'projection', 'quarantine', 'CSV', 'whole run again']];
    for (const major of majors) {
      const { node, version } = await fetchNode(folder, major);
      const copy = join(folder, `copy-${major}`);
      await cp(location, join(copy, runId), { recursive: true });
      for (const name of DERIVED) await rm(join(copy, runId, name), { recursive: true });
      const again = await runBuilt<Outcome>(runFrom(images, copy), node);
      await assertAdopted(again.location);
      const found = await promisedHashes(again.location);
      const whole = await runBuilt<Outcome>(runFrom(images, join(folder, `whole-${major}`)), node);
      rows.push([
        version,
        compare(found, expected, /^sums\//),
        compare(found, expected, /^pca\//),
        compare(found, expected, /^projection\//),
        compare(found, expected, /^quarantine/),
        compare(found, expected, /^result/),
        compare(await promisedHashes(whole.location), expected),
      ]);
    }
    const files = Object.keys(expected).length;
    process.stdout.write(
      `${files} files of a run in ${PARTITIONS} partitions, compared with those of Node ${process.version}:\n\n${markdownTable(rows)}\n`,
    );
    return rows.slice(1).every((row) => row.slice(1).every((cell) => cell === 'same')) ? 0 : 1;
  } finally {
    await remove();
  }
}

process.exitCode = await main();
