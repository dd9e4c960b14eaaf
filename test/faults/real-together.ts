import { seededNumbers } from '@verger/core';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import { comeTo, killHard, openReal, type RealGround, randomMoment } from './real-run.ts';

const PAIRS = 8;

/**
 * Two real runs at once on one output, the second from a seeded moment of the first; in every fourth case the
 * first is killed.
 */
export function realTogetherGroup(ground: RealGround, random: () => number): FaultGroup {
  const group = 'two at once, real';
  const cases = Array.from({ length: PAIRS }, (_, index): FaultCase => {
    const seed = Math.floor(random() * 2 ** 31);
    const killed = index % 4 === 3;
    return {
      group,
      name: `pair ${index + 1} of ${PAIRS}${killed ? ', the first is killed' : ''}`,
      run: async (folder) => {
        const next = seededNumbers(seed);
        const real = openReal(folder, ground);
        const first = real.start();
        if (index > 0) await comeTo(first, real, randomMoment(real, ground, next));
        const second = real.start();
        if (killed) {
          await comeTo(second, real, { files: 0, looks: Math.floor(next() * 200) });
          await killHard(first, true);
        } else {
          const { code, stderr } = await first.ended;
          mustHold(code === 0, `the first ended with ${code}:\n${stderr}`);
        }
        const { code, stderr } = await second.ended;
        mustHold(code === 0, `the second ended with ${code}:\n${stderr}`);
        await real.mustBeFinished();
        return 'done';
      },
    };
  });
  const what = 'two processes on one output: both end with 0, one commit per partition, the same bytes';
  return { name: group, what, real: true, cases };
}
