import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type CliResult, startCli } from '@verger/testkit/cli';
import { processTree, until } from '@verger/testkit/processes';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { filesUnder } from '@verger/testkit/run-folder';
import { type S3Server, startS3Server, versitygw } from '@verger/testkit/s3-server';
import { sharedFolder } from '@verger/testkit/shared';
import { photographs } from './photographs.ts';

/** Milliseconds of a tick of /proc/…/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** What keeps a part of the bench from being measured here; undefined where nothing does. */
export function missingForCluster(): string | undefined {
  if (sharedFolder === undefined) return 'the photographs of ../shared (or VERGER_SHARED)';
  if (redisMissing !== false) return 'redis-server (or VERGER_REDIS_SERVER)';
  return versitygw === undefined ? 'versitygw (or VERGER_VERSITYGW)' : undefined;
}

/** A `verger worker` or `verger reducer` with one child, that takes jobs. */
export interface ServiceProcess {
  readonly pid: number;
  /** CPU time of it and of all that descend from it, milliseconds so far. */
  cpuMs(): number;
  /** Values of `/metrics` by name and labels, as they stand in the text. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
  /** SIGTERM, awaited. */
  stop(): Promise<void>;
}

/** A run to its end: what it printed, and what its processes took. */
export interface CoordinatedRun {
  readonly extracted: number;
  readonly totalMs: number;
  readonly extractMs: number;
  /** CPU time of the coordinator and its children. */
  readonly cpuMs: number;
}

/** Servers, photographs on both sides, and ways to run the built `verger` on them. */
export interface ClusterSite {
  readonly redis: RedisServer;
  readonly s3: S3Server;
  readonly images: { readonly count: number; readonly local: string; readonly remote: string };
  /** Of local runs. */
  readonly outputs: string;
  startService(role: 'worker' | 'reducer', name: string, flags?: readonly string[]): Promise<ServiceProcess>;
  run(args: readonly string[]): Promise<CoordinatedRun>;
  /** Starts `verger` without waiting for it. */
  start(args: readonly string[]): ReturnType<typeof startCli>;
  /** The folder in which the S3 server keeps a run. */
  resultFolder(name: string): string;
  close(): Promise<void>;
}

/**
 * Starts the servers and puts so many photographs (all of them, or every n-th) into a bucket. `folder` is the
 * caller's to remove.
 */
export async function openSite(folder: string, limit: number | undefined): Promise<ClusterSite> {
  const redis = await startRedis({ appendOnly: true, args: ['--appendfsync', 'everysec'] });
  const s3 = await startS3Server();
  await s3.makeBucket('images');
  await s3.makeBucket('results');
  const start = (args: readonly string[]) => startCli(args, { built: true, env: s3.env });
  const local = await photographs(folder, limit);
  const copied = await start(['sample', local, '--output', 's3://images/all', '--fraction', '1']).ended;
  if (copied.code !== 0) throw new Error(`copying to S3 ended with ${copied.code}:\n${copied.stderr}`);
  return {
    ...{ redis, s3, start },
    images: { count: filesUnder(local).length, local, remote: 's3://images/all' },
    outputs: join(folder, 'outputs'),
    startService: async (role, name, flags = []) => {
      const cache = join(folder, 'cache');
      const own = [
        ...['--redis', redis.url, '--processes', '1', '--cache', cache],
        ...['--health', '127.0.0.1:0', '--worker-name', name],
      ];
      return await serviceOf(start([role, ...own, ...flags]), `${role} ${name}`);
    },
    run: async (args) => await runToEnd(() => start([...args, '--json']), args),
    resultFolder: (name) => join(s3.folder('results'), name),
    close: async () => {
      await s3.stop();
      await redis.close();
    },
  };
}

/** Waits until a started worker or reducer takes jobs. It must have been given `--health`. */
export async function serviceOf(running: ReturnType<typeof startCli>, what: string): Promise<ServiceProcess> {
  const { pid, child, ended, stderr } = running;
  await until(`${what} takes jobs`, () => stderr().includes('"takes jobs"') || child.exitCode !== null);
  const health = /"health":"([^"]+)"/.exec(stderr())?.[1];
  if (health === undefined) throw new Error(`${what} did not start:\n${stderr()}`);
  return {
    ...{ pid, ended },
    cpuMs: () => treeCpuMs(pid),
    metrics: async () => parseMetrics(await (await fetch(`${health}/metrics`)).text()),
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill('SIGTERM');
      const { code } = await ended;
      if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stderr().slice(-4000)}`);
    },
  };
}

function parseMetrics(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

async function runToEnd(
  start: () => ReturnType<typeof startCli>,
  args: readonly string[],
): Promise<CoordinatedRun> {
  const before = reapedCpuMs();
  const started = performance.now();
  const { code, stdout, stderr } = await start().ended;
  const totalMs = performance.now() - started;
  if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  const { extracted, stages } = JSON.parse(stdout) as {
    extracted: number;
    stages: { extract: { wallMs: number } };
  };
  return { extracted, totalMs, extractMs: stages.extract.wallMs, cpuMs: reapedCpuMs() - before };
}

/**
 * Fields 14 to 17 of proc_pid_stat(5), milliseconds: own user and system time, and that of the children that
 * have been waited for.
 */
function statCpu(pid: number | 'self'): [number, number, number, number] {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return [0, 0, 0, 0];
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].map((at) => Number(fields[at]) * TICK_MS) as [number, number, number, number];
}

/**
 * CPU time of a process that has ended, and of its children, comes to whoever waited for it: exact, unlike
 * polling it while it lives.
 */
function reapedCpuMs(): number {
  const [, , user, system] = statCpu('self');
  return user + system;
}

/**
 * Cores that others keep busy while `work` runs. Right when all processes that it starts have ended with it.
 */
export async function busyOthers<T>(work: () => Promise<T>): Promise<{ value: T; cores: number }> {
  const ownMs = () => statCpu('self').reduce((sum, ms) => sum + ms, 0);
  const busyMs = () =>
    cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
  const before = { own: ownMs(), busy: busyMs(), at: performance.now() };
  const value = await work();
  const others = busyMs() - before.busy - (ownMs() - before.own);
  return { value, cores: Math.max(0, others / (performance.now() - before.at)) };
}

/** CPU time of a process and all that descend from it, also of those that have ended. */
export function treeCpuMs(root: number): number {
  return processTree(root)
    .flatMap(({ pid }) => statCpu(pid))
    .reduce((sum, ms) => sum + ms, 0);
}

/** Removes what a run on S3 left. */
export async function forgetResult(site: ClusterSite, name: string): Promise<void> {
  await rm(site.resultFolder(name), { recursive: true, force: true });
}
