import { seededNumbers } from '@verger/core';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import { type FsCall, newActor } from './fs-hook.ts';
import { foldersOf, newTrial, type TrialGround } from './trial.ts';

const INTERLEAVINGS = 40;
/** Turns of the event loop that a call may be held up. */
const MOST_TURNS = 12;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Holds up each call for a number of turns that the seed decides, so that each seed is another interleaving.
 */
function dawdler(seed: number) {
  const random = seededNumbers(seed);
  return ({ sync }: FsCall) => (sync ? undefined : { wait: turns(Math.floor(random() * MOST_TURNS)) });
}

/**
 * Submissions of one run at the same time, interleaved in many ways: all end well, and the bytes are the
 * same.
 */
export function togetherGroup(ground: TrialGround, random: () => number): FaultGroup {
  const group = 'at once, interleaved';
  const cases = Array.from({ length: INTERLEAVINGS }, (_, index): FaultCase => {
    const many = index % 4 === 3 ? 3 : 2;
    const seeds = Array.from({ length: many }, () => Math.floor(random() * 2 ** 31));
    return {
      group,
      name: `interleaving ${index + 1} of ${many} submissions`,
      run: async (folder) => {
        const trial = newTrial(folder, ground);
        const endings = await Promise.all(
          seeds.map((seed) => trial.submit(newActor(foldersOf(trial.place), { before: dawdler(seed) }))),
        );
        for (const { code, text } of endings) mustHold(code === 'done', `one ended with ${text}`);
        await trial.mustBeFinished();
        return 'done';
      },
    };
  });
  const what =
    'two or three submissions of one run in one process, each file-system call held up by the seed: ' +
    'all end well';
  return { name: group, what, real: false, cases };
}
