import { setTimeout as pause } from 'node:timers/promises';
import { processTree, signal, until } from '@verger/testkit/processes';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import type { ProcessFault } from './fs-preload.ts';
import { mustBeGone, mustEndClearly, openReal, type RealGround, type RealRun } from './real-run.ts';

const PLACES = 16;
const ACTS = [
  'kill',
  'fail once',
  'fail from then on',
  'hang',
] as const satisfies readonly ProcessFault['act'][];
const SECOND_AFTER_MS = 300;

/** The disk never answers: Ctrl-C ends what can be ended, a second one everything. */
async function interrupt(real: RealRun, call: number): Promise<string> {
  const running = real.start({ fault: { act: 'hang', call } });
  await until(
    'the hang',
    () => running.stderr().includes('campaign: hangs') || running.child.exitCode !== null,
  );
  const tree = processTree(running.pid);
  signal(-running.pid, 'SIGINT');
  await Promise.race([pause(SECOND_AFTER_MS), running.ended]);
  signal(-running.pid, 'SIGINT');
  const { code, stderr } = await running.ended;
  mustHold(code === 130 || code === 0, `two Ctrl-C gave ${code}:\n${stderr}`);
  await mustBeGone(tree);
  return String(code);
}

/** The k-th call of a real coordinator: killed there, failing, hanging. */
export function realCallsGroup(ground: RealGround, random: () => number): FaultGroup {
  const group = 'k-th call, real';
  const cases = Array.from({ length: PLACES }, (_, index) =>
    ACTS.map((act): FaultCase => {
      const call = 1 + Math.floor(((index + random()) / PLACES) * ground.calls);
      return {
        group,
        // Not named by the call: the number of all calls differs a little from run to run.
        name: `place ${index + 1} of ${PLACES}: ${act}`,
        run: async (folder) => {
          const real = openReal(folder, ground);
          let how: string;
          if (act === 'hang') how = await interrupt(real, call);
          else {
            const ended = await real.start({ fault: { act, call } }).ended;
            how = act === 'kill' && ended.signal === 'SIGKILL' ? 'killed' : mustEndClearly(ended);
          }
          await real.mustContinue();
          return how;
        },
      };
    }),
  ).flat();
  const what =
    `real runs of ${ground.calls} calls: killed at the call, EIO once, EIO from then on, ` +
    'a disk that hangs and two Ctrl-C';
  return { name: group, what, real: true, cases };
}
