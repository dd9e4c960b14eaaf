import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
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

const place = `${pidNamespace()}-${encodeURIComponent(hostname())}`;

/** A new file name that says who made it: `<pid>-<16 hex digits>-<pid namespace>-<host>`. */
export function ownedName(): string {
  return `${process.pid}-${randomBytes(8).toString('hex')}-${place}`;
}

/**
 * `dead` when the process that made the name is gone, `alive` when it (or another of its number) runs,
 * `elsewhere` when it belongs to another host or container, `unknown` when the name is not one of
 * `ownedName`.
 */
export function ownerState(name: string): 'dead' | 'alive' | 'elsewhere' | 'unknown' {
  const match = /^([1-9]\d{0,9})-[0-9a-f]{16}-(\d+-.+)$/.exec(name);
  if (match === null) return 'unknown';
  if (match[2] !== place) return 'elsewhere';
  try {
    process.kill(Number(match[1]), 0);
    return 'alive';
  } catch (error) {
    return systemCode(error) === 'ESRCH' ? 'dead' : 'alive';
  }
}
