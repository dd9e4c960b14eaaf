import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import { comeTo, mustEndClearly, openReal, type RealGround, type RealRun } from './real-run.ts';

const NOBODY = 65_534;
const ROOMY = 'size=400m,nr_inodes=10000';
/** MiB: a run of three partitions needs nearly 19 for its sums alone. */
const SIZES = [1, 5, 9, 13, 16, 18];
const INODES = [4, 8, 14, 20, 26];
/** A process of Node holds about twenty before verger is loaded. */
const OPEN_FILES = [22, 24, 26, 28, 30, 31, 32, 33, 34, 35, 36, 38, 40, 42, 44, 48];

function must(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  mustHold(status === 0, `${command} ${args.join(' ')}: ${stderr}`);
}

/** Runs `body` with a small disk of its own under the output. */
async function withDisk(real: RealRun, options: string, body: () => Promise<string>): Promise<string> {
  mkdirSync(real.output, { recursive: true });
  must('mount', '-t', 'tmpfs', '-o', options, 'verger-faults', real.output);
  try {
    return await body();
  } finally {
    must('umount', real.output);
  }
}

function fullCase(group: string, ground: RealGround, name: string, options: string): FaultCase {
  return {
    group,
    name,
    run: async (folder) => {
      const real = openReal(folder, ground);
      return await withDisk(real, options, async () => {
        const code = mustEndClearly(await real.start().ended);
        mustHold(code === 'E_OUTPUT_FULL', `a full disk is ${code}`);
        must('mount', '-o', `remount,${ROOMY}`, real.output);
        await real.mustContinue();
        return code;
      });
    },
  };
}

function readOnlyCase(group: string, ground: RealGround, files: number): FaultCase {
  return {
    group,
    name: files === 0 ? 'read-only from the start' : `read-only once ${files} files stand`,
    run: async (folder) => {
      const real = openReal(folder, ground);
      return await withDisk(real, files === 0 ? `ro,${ROOMY}` : ROOMY, async () => {
        const running = real.start();
        if (files > 0) {
          await comeTo(running, real, { files, looks: 0 });
          // Refused while a file is open for writing, so it is asked for again.
          while (
            running.child.exitCode === null &&
            spawnSync('mount', ['-o', 'remount,ro', real.output]).status !== 0
          );
        }
        const code = mustEndClearly(await running.ended);
        mustHold(code === 'E_OUTPUT_NOT_WRITABLE', `a read-only disk is ${code}`);
        must('mount', '-o', 'remount,rw', real.output);
        await real.mustContinue();
        return code;
      });
    },
  };
}

function openFilesCase(group: string, ground: RealGround, openFiles: number): FaultCase {
  return {
    group,
    name: `at most ${openFiles} open files`,
    run: async (folder) => {
      const real = openReal(folder, ground);
      const ended = await real.start({ openFiles }).ended;
      // With too few, Node itself does not come as far as verger's first line.
      const unborn = ended.code !== 0 && !/^run |^E_/m.test(ended.stderr);
      const code = unborn ? 'Node does not start' : mustEndClearly(ended);
      await real.mustContinue();
      return code;
    },
  };
}

function foreignCase(group: string, ground: RealGround): FaultCase {
  return {
    group,
    name: 'the output is not ours to write',
    run: async (folder) => {
      const real = openReal(folder, ground);
      mkdirSync(`${dirname(real.output)}/tmp`, { recursive: true });
      chmodSync(dirname(real.output), 0o755);
      chownSync(`${dirname(real.output)}/tmp`, NOBODY, NOBODY);
      mkdirSync(real.output);
      const code = mustEndClearly(await real.start({ user: NOBODY }).ended);
      mustHold(code === 'E_OUTPUT_NOT_WRITABLE', `an output of somebody else is ${code}`);
      await real.mustContinue();
      return code;
    },
  };
}

/**
 * True when another user can come to this project: a clone below a folder of mode 700 is nobody's but ours.
 */
function nobodyMayRead(): boolean {
  const look = ['-e', 'require("node:fs").accessSync(process.argv[1])', fileURLToPath(import.meta.url)];
  return spawnSync(process.execPath, look, { uid: NOBODY, gid: NOBODY }).status === 0;
}

/** Small disks, read-only disks and few open files under real runs. Needs root, for the disks. */
export function realLimitsGroup(ground: RealGround): FaultGroup {
  const group = 'limits, real';
  const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
  const disks = [
    ...SIZES.map((size) => fullCase(group, ground, `a disk of ${size} MiB`, `size=${size}m`)),
    ...INODES.map((inodes) => fullCase(group, ground, `a disk of ${inodes} inodes`, `nr_inodes=${inodes}`)),
    ...[0, 1, 4, 8, 12].map((files) => readOnlyCase(group, ground, files)),
    ...(isRoot && nobodyMayRead() ? [foreignCase(group, ground)] : []),
  ];
  const cases = [...(isRoot ? disks : []), ...OPEN_FILES.map((most) => openFilesCase(group, ground, most))];
  const leftOut = isRoot ? '' : ' (disks need root, and were left out)';
  const what =
    'real runs on disks too small (bytes, inodes), read-only from a moment on, ' +
    `with \`ulimit -n\` from ${OPEN_FILES[0]}${leftOut}`;
  return { name: group, what, real: true, cases };
}
