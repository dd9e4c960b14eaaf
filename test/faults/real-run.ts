import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliResult, type RunningCli, startCli, TRIAL } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { isAlive, type ProcessRef, processTree, signal, until } from '@verger/testkit/processes';
import { filesUnder } from '@verger/testkit/run-folder';
import { lookAtUndisturbed, mustBeWhole, mustStand } from './after-fault.ts';
import { audit } from './audited.ts';
import { mustBeClear, mustHold, type Undisturbed } from './fault-case.ts';
import type { ProcessFault } from './fs-preload.ts';

/** The images of all real runs, and what an undisturbed one leaves. */
export interface RealGround {
  readonly images: string;
  readonly undisturbed: Undisturbed;
  /** File-system calls of the coordinator in an undisturbed run. */
  readonly calls: number;
}

export interface StartOptions {
  readonly fault?: Omit<ProcessFault, 'folders'>;
  /** At most so many open files. */
  readonly openFiles?: number;
  readonly user?: number;
}

/** The run's name, so that its folder is known from the start. */
const NAME = 'trial';
const PRELOAD = `--import=${import.meta.resolve('tsx/esm')} --import=${new URL('./fs-preload.ts', import.meta.url)}`;

/** One run by `verger` processes, in a folder of its own. */
export interface RealRun {
  readonly output: string;
  /** The run folder. */
  readonly run: string;
  start(options?: StartOptions): RunningCli;
  /** Removes the run, to begin again. */
  forget(): Promise<void>;
  /**
   * What the disturbed process left is right; the command given again finishes the run with the bytes of an
   * undisturbed one.
   */
  mustContinue(): Promise<void>;
  mustBeFinished(): Promise<void>;
}

const commandFor = (images: string, output: string): string[] => [
  ...['run', images, '--output', output, '--name', NAME, ...TRIAL, '--partitions', '3'],
  ...['--components', '3', '--csv', '--with-images', '--processes', '1'],
];

/** Plants the images and lets one run pass undisturbed. */
export async function prepareReal(folder: string): Promise<RealGround> {
  const images = join(folder, 'orchard');
  await plantOrchard(images, { kinds: 3, views: 6, broken: true });
  const calm = openReal(join(folder, 'calm'), { images, undisturbed: { promised: {}, files: [] }, calls: 0 });
  const counted = await calm.start({ fault: { act: 'count', call: 1 } }).ended;
  mustHold(counted.code === 0, `an undisturbed run ended with ${counted.code}:\n${counted.stderr}`);
  const calls = Number(/^campaign: (\d+) calls$/m.exec(counted.stderr)?.[1]);
  mustHold(calls > 500, `only ${calls} file-system calls were seen in a run`);
  await audit(calm.run, { unfinishedOk: false });
  const undisturbed = await lookAtUndisturbed(calm.run);
  await calm.forget();
  const again = await calm.start().ended;
  mustHold(again.code === 0, again.stderr);
  await mustBeWhole(calm.run, undisturbed);
  return { images, undisturbed, calls };
}

export function openReal(folder: string, ground: RealGround): RealRun {
  const output = join(folder, 'out');
  const temporary = join(folder, 'tmp');
  const run = join(output, NAME);
  const start = ({ fault, openFiles, user }: StartOptions = {}) => {
    mkdirSync(temporary, { recursive: true });
    const folders = [ground.images, output, temporary];
    const spoilt = { NODE_OPTIONS: PRELOAD, CAMPAIGN_FAULT: JSON.stringify({ ...fault, folders }) };
    const env = { TMPDIR: temporary, ...(fault === undefined ? {} : spoilt) };
    return startCli(commandFor(ground.images, output), {
      ...{ built: true, group: true, env },
      ...(openFiles === undefined ? {} : { openFiles }),
      ...(user === undefined ? {} : { user }),
    });
  };
  const mustBeFinished = async () => {
    await mustBeWhole(run, ground.undisturbed);
    await audit(run, { unfinishedOk: false });
  };
  return {
    output,
    run,
    start,
    mustBeFinished,
    forget: () => rm(output, { recursive: true, force: true }),
    mustContinue: async () => {
      await mustStand(run, ground.undisturbed);
      if (filesUnder(run).length > 0) await audit(run, { unfinishedOk: true });
      const { code, stderr } = await start().ended;
      mustHold(code === 0, `given again, the run ended with ${code}:\n${stderr}`);
      await mustBeFinished();
    },
  };
}

export const hasEnded = ({ child }: RunningCli): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** A moment of a run: so many of its files stand, and so many looks at it have passed since. */
export interface Moment {
  readonly files: number;
  readonly looks: number;
}

/** A moment that the seed decides: anywhere between what stands now and the end. */
export function randomMoment(real: RealRun, ground: RealGround, random: () => number): Moment {
  const there = filesUnder(real.run).length;
  const total = ground.undisturbed.files.length;
  return {
    files: there + Math.floor(random() * Math.max(1, total - there)),
    looks: Math.floor(random() * 60),
  };
}

/** Waits for the moment, or until the process has ended. */
export async function comeTo(running: RunningCli, real: RealRun, moment: Moment): Promise<void> {
  let looks = 0;
  await until(`${moment.files} files in ${real.run}`, () => {
    if (hasEnded(running)) return true;
    if (filesUnder(real.run).length >= moment.files) looks += 1;
    return looks > moment.looks;
  });
}

/**
 * Kills a process, or all that descends from it as well, with SIGKILL. It is stopped first, so that no child
 * comes to be unseen.
 */
export async function killHard(running: RunningCli, whole: boolean): Promise<CliResult> {
  signal(running.pid, 'SIGSTOP');
  const tree = processTree(running.pid);
  for (const { pid } of whole ? tree : tree.slice(0, 1)) signal(pid, 'SIGKILL');
  const result = await running.ended;
  await mustBeGone(tree);
  return result;
}

export async function mustBeGone(tree: readonly ProcessRef[]): Promise<void> {
  await until('every process of the run is gone', () => !tree.some(isAlive));
}

/** A process that ended by itself: well, or with an error that is clear. Gives the code. */
export function mustEndClearly({ code, stderr }: CliResult): string {
  if (code === 0) return 'done';
  const said = /^(E_[A-Z0-9_]+): /m.exec(stderr)?.[1];
  mustHold(said !== undefined && code !== null, `it ended with ${code} and said no code:\n${stderr}`);
  mustBeClear(said, stderr.slice(stderr.indexOf(`${said}: `)));
  return said;
}
