import { seededNumbers } from '@verger/core';
import { mustStand } from './after-fault.ts';
import type { FaultCase, FaultGroup } from './fault-case.ts';
import { comeTo, killHard, openReal, type RealGround, randomMoment } from './real-run.ts';

const LIVES = 50;
const KILLS_A_LIFE = 4;

/**
 * `kill -9` at random moments of real processes: 50 runs, each killed four times and then let go on to its
 * end.
 */
export function killsGroup(ground: RealGround, random: () => number): FaultGroup {
  const group = 'kill -9';
  const cases = Array.from({ length: LIVES }, (_, index): FaultCase => {
    const seed = Math.floor(random() * 2 ** 31);
    return {
      group,
      name: `life ${index + 1} of ${LIVES}`,
      run: async (folder) => {
        const next = seededNumbers(seed);
        const real = openReal(folder, ground);
        for (let kills = 0; kills < KILLS_A_LIFE; ) {
          const running = real.start();
          await comeTo(running, real, randomMoment(real, ground, next));
          // Every other time the children are left behind: they must see that their parent is gone.
          const { signal } = await killHard(running, kills % 2 === 0);
          await mustStand(real.run, ground.undisturbed);
          if (signal === 'SIGKILL') kills += 1;
          // It was faster than the kill: its run was whole, and another one begins.
          else {
            await real.mustBeFinished();
            await real.forget();
          }
        }
        await real.mustContinue();
        return `killed ${KILLS_A_LIFE} times`;
      },
    };
  });
  const what =
    `${LIVES * KILLS_A_LIFE} × SIGKILL at seeded moments of real runs, half of them on the coordinator alone; ` +
    'after each, what is there has the bytes of an undisturbed run, after every fourth the run is finished';
  return { name: group, what, real: true, cases };
}
