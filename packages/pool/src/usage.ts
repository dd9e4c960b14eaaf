import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { ProcessUsage } from './limits.ts';

/** Ticks of /proc/<pid>/stat a second: USER_HZ, 100 on every architecture that Node has builds for. */
const TICKS_A_SECOND = 100;

/** Bytes as a person reads them, in whole MiB. */
export const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/**
 * CPU time in milliseconds from `/proc/<pid>/stat` (proc(5): utime and stime, fields 14 and 15), or undefined
 * when it is not that.
 */
export function cpuMsOfStat(stat: string): number | undefined {
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_A_SECOND : undefined;
}

/**
 * Resident and peak memory from `/proc/<pid>/status` (VmRSS, VmHWM in KiB); zero for a process that has
 * ended.
 */
export function memoryOfStatus(status: string): { rssBytes: number; peakBytes: number } {
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  const rssBytes = kib('VmRSS') * 1024;
  return { rssBytes, peakBytes: Math.max(rssBytes, kib('VmHWM') * 1024) };
}

/** Milliseconds in the TIME column of `ps`: `0:01.25` (macOS), `01:02:03`, `1-02:03:04` (days first). */
export function cpuMsOfPsTime(time: string): number | undefined {
  const match = /^(?:(\d+)-)?((?:\d+:)*\d+(?:[.,]\d+)?)$/.exec(time);
  if (match?.[2] === undefined) return undefined;
  const seconds = match[2]
    .replace(',', '.')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(match[1] ?? 0) * 86_400 + seconds) * 1000);
}

/** Usage by pid from the output of `ps -o pid=,time=,rss=`. Lines that are not understood are left out. */
export function usageOfPs(output: string): Map<number, ProcessUsage> {
  const usage = new Map<number, ProcessUsage>();
  for (const line of output.split('\n')) {
    const [pid, time, rss] = line.trim().split(/\s+/);
    const cpuMs = cpuMsOfPsTime(time ?? '');
    const rssBytes = Number(rss) * 1024;
    if (cpuMs !== undefined && Number.isFinite(rssBytes))
      usage.set(Number(pid), { cpuMs, rssBytes, peakBytes: rssBytes });
  }
  return usage;
}

async function readProc(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    const cpuMs = cpuMsOfStat(stat);
    return cpuMs === undefined ? undefined : { cpuMs, ...memoryOfStatus(status) };
  } catch {
    return undefined; // the process is gone
  }
}

/**
 * CPU time and memory of running processes by pid; those that are gone are missing from the map. Never
 * throws. Cost: two small reads a process on Linux, one `ps` for all of them elsewhere.
 */
export async function readUsage(
  pids: readonly number[],
  platform: NodeJS.Platform = process.platform,
): Promise<Map<number, ProcessUsage>> {
  if (pids.length === 0) return new Map();
  if (platform === 'linux') {
    const all = await Promise.all(pids.map(async (pid) => [pid, await readProc(pid)] as const));
    return new Map(all.filter((entry): entry is [number, ProcessUsage] => entry[1] !== undefined));
  }
  return new Promise((resolve) => {
    const args = ['-o', 'pid=,time=,rss=', '-p', pids.join(',')];
    // `ps` exits with 1 when one of the pids is gone, and still prints the others.
    execFile('/bin/ps', args, { env: { LC_ALL: 'C' } }, (_error, stdout) => resolve(usageOfPs(stdout)));
  });
}
