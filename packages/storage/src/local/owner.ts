import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from './fs-errors.ts';

/**
 * Containers may share a host name while their process ids mean different processes, so the pid namespace is
 * in the name.
 */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

interface ProcessStat {
  /** Clock ticks from the machine's start to the process's; process ids are used again, this is not. */
  readonly startedAt: string;
  /** It has ended, with all its threads, and only waits for its parent to reap it. */
  readonly isZombie: boolean;
}

/** Whether /proc counts processes as this one does: that of another pid namespace has other numbers. */
const hasProc = (() => {
  try {
    return Number.parseInt(readFileSync('/proc/self/stat', 'latin1'), 10) === process.pid;
  } catch {
    return false;
  }
})();

/** Undefined where /proc does not tell: the process is gone, another user's, or this is no Linux. */
function readStat(pid: number): ProcessStat | undefined {
  if (!hasProc) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; what follows the last one is fields 3 and on
    // (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startedAt: fields[19] ?? '0', isZombie: fields[0] === 'Z' && Number(fields[17]) <= 1 };
  } catch {
    return undefined;
  }
}

const place = `${pidNamespace()}-${encodeURIComponent(hostname())}`;
const ownStart = readStat(process.pid)?.startedAt ?? '0';

/** A new file name that says who made it: `<pid>-<start>-<16 hex digits>-<pid namespace>-<host>`. */
export function ownedName(): string {
  return `${process.pid}-${ownStart}-${randomBytes(8).toString('hex')}-${place}`;
}

/**
 * `dead` when the process that made the name is gone, `alive` when it runs (or another of its number, where
 * /proc does not tell), `elsewhere` when it belongs to another host or container, `unknown` when the name is
 * not one of `ownedName`. Releases before 0.3 wrote no start.
 */
export function ownerState(name: string): 'dead' | 'alive' | 'elsewhere' | 'unknown' {
  const match = /^([1-9]\d{0,9})-(?:(\d{1,20})-)?[0-9a-f]{16}-(\d+-.+)$/.exec(name);
  if (match === null) return 'unknown';
  const [, pid, startedAt = '0', ownerPlace] = match;
  if (ownerPlace !== place) return 'elsewhere';
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return systemCode(error) === 'ESRCH' ? 'dead' : 'alive';
  }
  const stat = readStat(Number(pid));
  if (stat === undefined) return 'alive';
  const isAnother = startedAt !== '0' && stat.startedAt !== startedAt;
  return isAnother || stat.isZombie ? 'dead' : 'alive';
}
