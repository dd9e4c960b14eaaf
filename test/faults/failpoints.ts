import { CaseFailure, type FaultCase, type FaultGroup, mustBeClear } from './fault-case.ts';
import { type FsCall, newActor } from './fs-hook.ts';
import { foldersOf, newTrial, stoppableActor, type Trial, type TrialGround } from './trial.ts';

/** A step of the commit protocol: what is done to the n-th file of a kind that is written. */
interface Failpoint {
  /** `features`, `commit`, `_SUCCESS`, … */
  readonly kind: string;
  readonly step: string;
  /** How often an undisturbed run comes here. */
  readonly times: number;
}

const KINDS: Readonly<Record<string, string>> = {
  commits: 'commit',
  epochs: 'epoch',
  failures: 'failure',
  'pca/labels.json': 'labels',
  'pca/model.json': 'model',
};

function kindOf(key: string): string {
  return KINDS[key] ?? KINDS[key.split('/')[0] ?? ''] ?? key.split(/[/.]/)[0] ?? key;
}

/** The step that a call is, undefined for one that changes nothing: those are among the k-th calls. */
function stepOf({ name, path }: FsCall): string | undefined {
  const temporary = path.includes('/.tmp/');
  if (name === 'link' || name === 'rename') return 'publish';
  if (name === 'unlink') return 'remove';
  if (name === 'sync') return temporary ? 'fsync' : 'fsync folder';
  if (!temporary) return undefined;
  return { open: 'open', write: 'write', close: 'close', rm: 'tidy' }[name];
}

function pointOf(call: FsCall): { kind: string; step: string } | undefined {
  const step = stepOf(call);
  return call.key === undefined || step === undefined ? undefined : { kind: kindOf(call.key), step };
}

/** Every failpoint of an undisturbed run, in the order in which it is first come to. */
async function findFailpoints(folder: string, ground: TrialGround): Promise<Failpoint[]> {
  const trial = newTrial(folder, ground);
  const times = new Map<string, { kind: string; step: string; times: number }>();
  const actor = newActor(foldersOf(trial.place), {
    before: (call) => {
      const point = pointOf(call);
      if (point === undefined) return undefined;
      const id = `${point.kind} ${point.step}`;
      times.set(id, { ...point, times: (times.get(id)?.times ?? 0) + 1 });
      return undefined;
    },
  });
  await trial.submit(actor);
  return [...times.values()];
}

/** True for the n-th call that comes to the failpoint. */
function comesTo({ kind, step }: Failpoint, nth: number): (call: FsCall) => boolean {
  let come = 0;
  return (call) => {
    const point = pointOf(call);
    if (point?.kind !== kind || point.step !== step) return false;
    come += 1;
    return come === nth;
  };
}

type Act = (trial: Trial, here: (call: FsCall) => boolean) => Promise<string>;

const killBefore: Act = (trial, here) => kill(trial, { before: here });
const killAfter: Act = (trial, here) => kill(trial, { after: here });

async function kill(trial: Trial, stops: Parameters<typeof stoppableActor>[1]): Promise<string> {
  const { actor, stopped, bury } = stoppableActor(trial.place, stops);
  const ending = await Promise.race([stopped, trial.submit(actor)]);
  const code = await trial.mustContinue(ending ?? undefined);
  await bury();
  return code;
}

/**
 * It hangs; another submission finishes the run; then the disk answers, and what hung goes on as a zombie.
 */
const hang: Act = async (trial, here) => {
  const { actor, stopped, letGo } = stoppableActor(trial.place, { before: here });
  const submission = trial.submit(actor);
  const ending = await Promise.race([stopped, submission]);
  await trial.mustContinue(ending ?? undefined);
  letGo();
  const zombie = await submission;
  mustBeClear(zombie.code, zombie.text);
  await trial.mustBeFinished();
  return zombie.code;
};

const fail = (when: 'before' | 'after'): Act => {
  return async (trial, here) => {
    const decide = (call: FsCall) => (here(call) ? { fail: 'EIO' } : undefined);
    const ending = await trial.submit(newActor(foldersOf(trial.place), { [when]: decide }));
    return await trial.mustContinue(ending);
  };
};

const FAULTS: readonly (readonly [string, Act])[] = [
  ['killed before it', killBefore],
  ['killed after it', killAfter],
  ['it throws', fail('before')],
  ['it hangs', hang],
  ['its answer is lost', fail('after')],
];

/** Between any two steps of the commit protocol: {killed, thrown, hung, answer lost}. */
export async function failpointGroup(
  folder: string,
  { ground, group, of = '' }: { readonly ground: TrialGround; readonly group: string; readonly of?: string },
  random: () => number,
): Promise<FaultGroup> {
  const points = await findFailpoints(folder, ground);
  if (points.length < 50) throw new CaseFailure(`only ${points.length} failpoints were found`);
  const cases = points.flatMap((point) =>
    FAULTS.map(([fault, act]): FaultCase => {
      const nth = 1 + Math.floor(random() * point.times);
      const which = point.times === 1 ? '' : ` (${nth} of ${point.times})`;
      return {
        group,
        name: `${point.kind}: ${point.step}${which}: ${fault}`,
        run: async (place) => await act(newTrial(place, ground), comesTo(point, nth)),
      };
    }),
  );
  const what =
    `${of}${points.length} steps (open, write, fsync, close, publish, fsync of the folder, tidy, of each kind ` +
    'of file) × killed before, killed after, throws, hangs while another finishes the run, answer lost';
  return { name: group, what, real: false, cases };
}
