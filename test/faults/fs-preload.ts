/**
 * Loaded by `--import` before verger: wraps the file-system calls of this process. In a `verger` process the
 * variable CAMPAIGN_FAULT says what becomes of them.
 */
import { type FsCall, installFsHook, newActor, setEverybody } from './fs-hook.ts';

/** What happens to the file-system calls of a process. */
export interface ProcessFault {
  readonly folders: readonly string[];
  /** The call, counted from 1 among those under the folders. */
  readonly call: number;
  readonly act: 'count' | 'kill' | 'fail once' | 'fail from then on' | 'hang';
}

const NEVER = new Promise<void>(() => {});

function decide({ call: wanted, act }: ProcessFault) {
  return (call: FsCall) => {
    if (call.number < wanted || (call.number > wanted && act === 'fail once')) return undefined;
    if (act === 'kill') process.kill(process.pid, 'SIGKILL');
    if (act === 'hang') process.stderr.write(`campaign: hangs in ${call.name}\n`);
    return act === 'hang' || act === 'kill' ? { wait: NEVER } : { fail: 'EIO' };
  };
}

/** The pauses between attempts (up to half a minute) take a twentieth of their time. */
function hurry(): void {
  const real = globalThis.setTimeout;
  const hurried = (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    real(act, ms >= 500 && ms <= 60_000 ? ms / 20 : ms, ...args);
  globalThis.setTimeout = Object.assign(hurried, real) as typeof setTimeout;
}

installFsHook();
const text = process.env['CAMPAIGN_FAULT'];
if (text !== undefined) {
  const fault = JSON.parse(text) as ProcessFault;
  const actor = newActor(fault.folders, fault.act === 'count' ? {} : { before: decide(fault) });
  setEverybody(actor);
  hurry();
  if (fault.act === 'count')
    process.on('exit', () => process.stderr.write(`campaign: ${actor.calls} calls\n`));
}
