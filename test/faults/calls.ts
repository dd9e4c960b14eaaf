import { type FaultCase, type FaultGroup, mustBeClear, mustHold } from './fault-case.ts';
import { type FsCall, newActor } from './fs-hook.ts';
import { foldersOf, newTrial, type TrialGround } from './trial.ts';

/** What a disk, a network file system or a system at its limits says. */
const CODES = ['EIO', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EMFILE', 'ENOMEM'];

/** How many of its calls an undisturbed run makes that are of a kind. */
export async function countCalls(
  folder: string,
  ground: TrialGround,
  counts: (call: FsCall) => boolean,
): Promise<number> {
  const trial = newTrial(folder, ground);
  let count = 0;
  await trial.submit(
    newActor(foldersOf(trial.place), {
      before: (call) => {
        if (counts(call)) count += 1;
        return undefined;
      },
    }),
  );
  return count;
}

/** From the k-th call of a kind on, or only that one. */
export function fromTheKth(
  k: number,
  counts: (call: FsCall) => boolean,
  forEver: boolean,
): (call: FsCall) => boolean {
  let seen = 0;
  return (call) => {
    if (!counts(call)) return false;
    seen += 1;
    return forEver ? seen >= k : seen === k;
  };
}

/** Each file-system call of a run fails, once or from then on. */
export async function callsGroup(
  folder: string,
  ground: TrialGround,
  random: () => number,
): Promise<FaultGroup> {
  const all = () => true;
  const total = await countCalls(folder, ground, all);
  const group = 'k-th call';
  const cases = Array.from({ length: total }, (_, index) => index + 1).flatMap((k) =>
    [false, true].map((forEver): FaultCase => {
      const code = CODES[Math.floor(random() * CODES.length)]!;
      return {
        group,
        name: `call ${k} of ${total} fails with ${code}${forEver ? ' and all after it' : ''}`,
        run: async (place) => {
          const trial = newTrial(place, ground);
          const fails = fromTheKth(k, all, forEver);
          let failed = false;
          const before = (call: FsCall) => {
            if (!fails(call)) return undefined;
            failed = true;
            return { fail: code };
          };
          const ending = await trial.submit(newActor(foldersOf(trial.place), { before }));
          if (forEver && failed && k < total / 2)
            mustHold(ending.code !== 'done', 'it ended well without a disk');
          return await trial.mustContinue(ending);
        },
      };
    }),
  );
  const calls = `${total}: listing, planning, images, run files, verification`;
  const what = `every file-system call of a run (${calls}) fails, once and from then on`;
  return { name: group, what, real: false, cases };
}

const PUBLISHES = ['link', 'rename', 'mkdir'];
const changes = (call: FsCall) =>
  PUBLISHES.includes(call.name) ||
  ['write', 'appendFile'].includes(call.name) ||
  (call.name === 'open' && call.writes);
const isRefusedReadOnly = (call: FsCall) =>
  PUBLISHES.includes(call.name) ||
  ['unlink', 'rm'].includes(call.name) ||
  (call.name === 'open' && call.writes);
const opens = (call: FsCall) => ['open', 'opendir', 'readdir'].includes(call.name);

interface Limit {
  readonly name: string;
  readonly errno: string;
  readonly counts: (call: FsCall) => boolean;
  /** What the run may end with. */
  readonly codes: readonly string[];
}

/** The listing is spooled in the same folder. */
const FULL = ['E_OUTPUT_FULL', 'E_TEMPORARY_FOLDER'] as const;

const LIMITS: readonly Limit[] = [
  { name: 'disk full', errno: 'ENOSPC', counts: changes, codes: ['done', ...FULL] },
  { name: 'quota used up', errno: 'EDQUOT', counts: changes, codes: ['done', ...FULL] },
  {
    name: 'read-only',
    errno: 'EROFS',
    counts: isRefusedReadOnly,
    codes: ['done', 'E_OUTPUT_NOT_WRITABLE', 'E_TEMPORARY_FOLDER'],
  },
  { name: 'too many open files', errno: 'EMFILE', counts: opens, codes: ['done', 'E_STORAGE'] },
];

/**
 * The disk becomes full or read-only at the k-th call that it would refuse; there is nothing left to open
 * files with.
 */
export async function limitsGroup(folder: string, ground: TrialGround): Promise<FaultGroup> {
  const group = 'limits';
  const cases: FaultCase[] = [];
  for (const [index, { name, errno, counts, codes }] of LIMITS.entries()) {
    const total = await countCalls(`${folder}/${index}`, ground, counts);
    for (let k = 1; k <= total; k += 1) {
      cases.push({
        group,
        name: `${name} from call ${k} of ${total}`,
        run: async (place) => {
          const trial = newTrial(place, ground);
          const fails = fromTheKth(k, counts, true);
          const before = (call: FsCall) => (fails(call) ? { fail: errno } : undefined);
          const ending = await trial.submit(newActor(foldersOf(trial.place), { before }));
          mustBeClear(ending.code, ending.text);
          mustHold(codes.includes(ending.code), `${name} is not said, but ${ending.text}`);
          return await trial.mustContinue(ending);
        },
      });
    }
  }
  const what =
    'disk full, quota used up, read-only, too many open files: from the k-th call on that would be refused, ' +
    'until the run is given again';
  return { name: group, what, real: false, cases };
}
