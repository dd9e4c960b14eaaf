import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RUN_FILES, seededNumbers } from '@verger/core';
import {
  type CliResult,
  cli,
  jsonOf,
  type RunningCli,
  startCli,
  TRIAL,
  temporaryFolder,
} from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { hasProc, isAlive, type ProcessRef, processTree, signal, until } from '@verger/testkit/processes';
import { fileIdentities, filesUnder, promisedHashes } from '@verger/testkit/run-folder';

const PARTITIONS = 6;
/** 200 kills are in `npm run test:faults`. */
const LIVES = 1;
const KILLS_A_LIFE = 5;
const needs = { skip: hasProc ? false : 'needs /proc' };

let place: { folder: string; remove: () => Promise<void> };
/** The files of an undisturbed run, and the hashes of those whose bytes are promised. */
let undisturbed: { files: string[]; promised: Record<string, string> };
let runId: string;

const commandFor = (output: string): string[] => [
  ...['run', join(place.folder, 'orchard'), '--output', join(place.folder, output), ...TRIAL],
  ...['--partitions', String(PARTITIONS), '--components', '3', '--csv', '--processes', '1'],
];
const runFolderOf = (output: string) => join(place.folder, output, runId);
const hasEnded = ({ child }: RunningCli) => child.exitCode !== null || child.signalCode !== null;
const isCommit = (file: string) => file.startsWith('commits/');

before(async () => {
  place = await temporaryFolder();
  await plantOrchard(join(place.folder, 'orchard'), { kinds: 3, views: 8, broken: true });
  const { runId: id, location } = jsonOf<{ runId: string; location: string }>(
    await cli([...commandFor('undisturbed'), '--json']),
  );
  runId = id;
  undisturbed = { files: filesUnder(location), promised: await promisedHashes(location) };
});
after(() => place.remove());

/** The files that a commit makes count. */
function committedFiles(runFolder: string): string[] {
  const files = filesUnder(runFolder);
  return files.filter((file) => {
    const part = /^(?:features|sums|commits)\/(part-\d+)\./.exec(file)?.[1];
    return part !== undefined && files.includes(`commits/${part}.json`);
  });
}

/**
 * Kills the coordinator, and on the whole tree also all that descends from it, with SIGKILL. It is stopped
 * first, so that it cannot start a child between the look and the kill. Gives every process that was there.
 */
function killHard(pid: number, whole: boolean): ProcessRef[] {
  signal(pid, 'SIGSTOP');
  const tree = processTree(pid);
  for (const { pid: one } of whole ? tree : tree.slice(0, 1)) signal(one, 'SIGKILL');
  return tree;
}

/** Waits for the moment: so many files stand in the run, and then so many looks at it have passed. */
async function moment(running: RunningCli, runFolder: string, when: { files: number; looks: number }) {
  let looks = 0;
  await until(`${when.files} files in ${runFolder}`, () => {
    if (hasEnded(running)) return true;
    if (filesUnder(runFolder).length >= when.files) looks += 1;
    return looks > when.looks;
  });
}

/**
 * The run is whole: the promised bytes are those of the undisturbed one, and no file is there that should not
 * be.
 */
async function assertWhole(result: CliResult, output: string): Promise<void> {
  assert.equal(result.code, 0, result.stderr);
  const runFolder = runFolderOf(output);
  assert.deepEqual(await promisedHashes(runFolder), undisturbed.promised);
  const files = filesUnder(runFolder).filter((file) => !file.startsWith('epochs/'));
  assert.deepEqual(
    files,
    undisturbed.files.filter((file) => !file.startsWith('epochs/')),
  );
}

for (let life = 1; life <= LIVES; life += 1) {
  test(
    `a run that is killed ${KILLS_A_LIFE} times ends like one that was not (${life} of ${LIVES})`,
    needs,
    async () => {
      const output = `life-${life}`;
      const runFolder = runFolderOf(output);
      const next = seededNumbers(life);
      let interrupted = 0;
      for (let kill = 0; kill < KILLS_A_LIFE; kill += 1) {
        // One moment in each fifth of the run's files, so that every stage is hit; a third of the second
        // between is seeded, too.
        const share = (kill + next()) / KILLS_A_LIFE;
        const when = {
          files: Math.floor(share * (undisturbed.files.length - 1)),
          looks: Math.floor(next() * 60),
        };
        const kept = await fileIdentities(runFolder, committedFiles(runFolder));
        const running = startCli(commandFor(output));
        await moment(running, runFolder, when);
        const there = killHard(running.pid, kill % 2 === 0);
        const { signal: ended } = await running.ended;
        if (ended === 'SIGKILL') interrupted += 1;
        await until('every process of the killed run is gone', () => !there.some(isAlive));
        assert.deepEqual(await fileIdentities(runFolder, Object.keys(kept)), kept, 'committed files stand');
      }
      assert.ok(interrupted >= KILLS_A_LIFE - 1, `only ${interrupted} kills hit a run that was under way`);
      const kept = await fileIdentities(runFolder, committedFiles(runFolder));
      assert.ok(Object.keys(kept).filter(isCommit).length > 0);
      await assertWhole(await cli(commandFor(output)), output);
      assert.deepEqual(await fileIdentities(runFolder, Object.keys(kept)), kept, 'committed files stand');
    },
  );
}

test('Ctrl-C ends the run with 130 and the command that continues it, which then does', needs, async () => {
  const output = "stopped, it's";
  const runFolder = runFolderOf(output);
  const running = startCli(commandFor(output), { group: true });
  await until('a first commit', () => hasEnded(running) || filesUnder(runFolder).some(isCommit));
  const tree = processTree(running.pid);
  signal(-running.pid, 'SIGINT');
  const { code, stdout, stderr } = await running.ended;
  assert.deepEqual([code, stdout], [130, ''], stderr);
  assert.ok(tree.length >= 2, 'coordinator and child');
  assert.match(stderr, /^E_INTERRUPTED: [\s\S]*next: {2}Run the same command again to continue\./m);
  await until('every process is gone', () => !tree.some(isAlive));

  const printed = /the command: \S*verger (.*)$/m.exec(stderr)?.[1];
  assert.deepEqual(shellWords(printed ?? ''), commandFor(output));
  const kept = await fileIdentities(runFolder, committedFiles(runFolder));
  assert.ok(!filesUnder(runFolder).includes(RUN_FILES.success));
  await assertWhole(await cli(shellWords(printed ?? '')), output);
  assert.deepEqual(await fileIdentities(runFolder, Object.keys(kept)), kept);
});

/** The words of a command as a POSIX shell would cut it, as far as single quotes and backslashes go. */
function shellWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  );
}

test('Ctrl-C while the children still start ends the run with 130, too', needs, async () => {
  const running = startCli(commandFor('early'), { group: true });
  await until('the plan', () => hasEnded(running) || running.stderr().includes(`run ${runId}: `));
  const tree = processTree(running.pid);
  signal(-running.pid, 'SIGINT');
  const { code, stderr } = await running.ended;
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /^ {4}at /m);
  await until('every process is gone', () => !tree.some(isAlive));
});
