import { setTimeout as pause } from 'node:timers/promises';
import { RUN_FILES, seededNumbers } from '@verger/core';
import { processTree, signal } from '@verger/testkit/processes';
import { filesUnder } from '@verger/testkit/run-folder';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import { comeTo, mustBeGone, mustEndClearly, openReal, type RealGround, randomMoment } from './real-run.ts';

const MOMENTS = 8;

interface Signals {
  readonly name: string;
  readonly first: NodeJS.Signals;
  /** A second one, after so long: npm and npx send the first twice within a quarter of a second. */
  readonly second?: NodeJS.Signals;
}

const SIGNALS: readonly Signals[] = [
  { name: 'Ctrl-C', first: 'SIGINT' },
  { name: 'SIGTERM', first: 'SIGTERM' },
  { name: 'Ctrl-C twice', first: 'SIGINT', second: 'SIGINT' },
  { name: 'SIGTERM, then Ctrl-C', first: 'SIGTERM', second: 'SIGINT' },
];
const SECOND_AFTER_MS = 300;
/** 130 and 143 are those of a second signal; 0 when it was done before the first. */
const EXITS = [0, 130, 143];

/** Signals at random moments of real runs. */
export function signalsGroup(ground: RealGround, random: () => number): FaultGroup {
  const group = 'Ctrl-C, SIGTERM';
  const cases = Array.from({ length: MOMENTS }, (_, index) =>
    SIGNALS.map(({ name, first, second }): FaultCase => {
      const seed = Math.floor(random() * 2 ** 31);
      return {
        group,
        name: `${name}, moment ${index + 1} of ${MOMENTS}`,
        run: async (folder) => {
          const real = openReal(folder, ground);
          const running = real.start();
          await comeTo(running, real, randomMoment(real, ground, seededNumbers(seed)));
          const tree = processTree(running.pid);
          signal(-running.pid, first);
          if (second !== undefined) {
            await Promise.race([pause(SECOND_AFTER_MS), running.ended]);
            signal(-running.pid, second);
          }
          const ended = await running.ended;
          await mustBeGone(tree);
          // Before verger has begun, a signal ends Node as it ends any program: nothing was done, so nothing
          // is said.
          const unborn = ended.signal === first && filesUnder(real.run).length === 0;
          // While Node takes itself down no handler of ours is left; the run is done then, and stays so.
          const over = ended.signal === first && filesUnder(real.run).includes(RUN_FILES.success);
          // The same after an interruption that was told of: the shell sees 130, and whoever waits for the
          // process the signal.
          const told = ended.signal === second && /the command: \S*verger run /.test(ended.stderr);
          if (!unborn && !over) {
            const { code, stderr } = ended;
            mustHold(told || EXITS.includes(code ?? -1), `it ended with ${code} ${ended.signal}:\n${stderr}`);
            if (second === undefined && code !== 0) {
              mustHold(mustEndClearly(ended) === 'E_INTERRUPTED', stderr);
              mustHold(/the command: \S*verger run /.test(stderr), `no command is given:\n${stderr}`);
            }
            mustHold(!/^ {4}at /m.test(stderr), `a stack trace:\n${stderr}`);
          }
          await real.mustContinue();
          if (over) return 'after its end';
          if (told) return 'told, then ended by the signal';
          return unborn ? 'before it began' : String(ended.code);
        },
      };
    }),
  ).flat();
  const what =
    'real runs; exit code 130 (143 after a second SIGTERM), the command that continues is printed, ' +
    'no process stays, nothing is left in .tmp';
  return { name: group, what, real: true, cases };
}
