import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cli, type RunningCli, startCli, TRIAL } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { type RedisServer, startRedis } from '@verger/testkit/redis-server';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { type S3Proxy, startS3Proxy } from '@verger/testkit/s3-proxy';
import { type S3Server, startS3Server } from '@verger/testkit/s3-server';

const SERVICE = fileURLToPath(new URL('./service.ts', import.meta.url));
const FROM_SOURCE = ['--import', import.meta.resolve('tsx/esm'), '--conditions=verger-source'];
/** Of one run: enough that a fault comes in the middle, few enough that it takes seconds. */
const PARTITIONS = 10;

/** A worker or reducer that is started again whenever it ends: what a supervisor does. */
export interface Kept {
  readonly role: 'worker' | 'reducer';
  readonly pid: number;
  /** How often it was started. */
  readonly starts: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the present process has ended; with what, and after how long. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Real servers and processes, and a way to run `verger` on them. */
export interface ChaosCluster {
  readonly redis: RedisServer;
  readonly s3: S3Proxy;
  readonly workers: readonly Kept[];
  readonly reducers: readonly Kept[];
  /** Promised files of a local run of the same images, with their sha256. */
  readonly expected: Readonly<Record<string, string>>;
  /** `verger run s3://… --redis …` under a name of its own. */
  coordinate(name: string, extra?: readonly string[]): RunningCli;
  /** The folder in which the S3 server keeps a run. */
  folder(name: string): string;
  /** Files of a run in one of its folders. */
  count(name: string, folder: string): number;
  forget(name: string): Promise<void>;
  close(): Promise<void>;
}

const planWords = ['--partitions', String(PARTITIONS), '--components', '3', ...TRIAL];

export async function startChaosCluster(random: () => number): Promise<ChaosCluster> {
  const root = await mkdtemp(join(tmpdir(), 'verger-chaos-'));
  const images = join(root, 'images');
  await plantOrchard(images, { kinds: 3, views: 10, broken: true });
  const local = await cli(['run', images, '--output', join(root, 'local'), '--name', 'calm', ...planWords], {
    built: true,
  });
  if (local.code !== 0) throw new Error(`the local run ended with ${local.code}:\n${local.stderr}`);
  const expected = await promisedHashes(join(root, 'local', 'calm'));
  const server = await startS3Server();
  await server.makeBucket('images');
  await server.makeBucket('results');
  const copied = await cli(['sample', images, '--output', 's3://images/orchard', '--fraction', '1'], {
    ...{ built: true, env: server.env },
  });
  if (copied.code !== 0) throw new Error(`copying ended with ${copied.code}:\n${copied.stderr}`);
  const s3 = await startS3Proxy(server.port, random);
  const redis = await startRedis({ appendOnly: true });
  const env = { ...server.env, VERGER_S3_ENDPOINT: s3.endpoint, VERGER_REDIS_URL: redis.url };
  const keep = (role: Kept['role'], index: number) =>
    keepRunning(role, { redisUrl: redis.url, name: `${role}-${index}`, cacheDir: join(root, 'cache') }, env);
  const workers = [keep('worker', 0), keep('worker', 1)];
  const reducers = [keep('reducer', 0)];
  const folder = (name: string) => join(server.folder('results'), name);
  return {
    ...{ redis, s3, workers, reducers, expected, folder },
    coordinate: (name, extra = []) =>
      startCli(
        ['run', 's3://images/orchard', '--output', 's3://results', '--name', name, ...planWords, ...extra],
        { built: true, env },
      ),
    count: (name, part) => filesUnder(join(folder(name), part)).length,
    forget: (name) => rm(folder(name), { recursive: true, force: true }),
    close: async () => {
      await Promise.all([...workers, ...reducers].map((kept) => kept.end()));
      await s3.close();
      await redis.close();
      await stopServer(server);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function stopServer(server: S3Server): Promise<void> {
  await server.stop();
}

type Ended = Awaited<Kept['ended']>;

function keepRunning(
  role: Kept['role'],
  settings: { redisUrl: string; name: string; cacheDir: string },
  env: Readonly<Record<string, string>>,
): Kept & { end(): Promise<void> } {
  let starts = 0;
  let ending = false;
  let child: ChildProcess;
  let ended: Promise<Ended>;
  const start = () => {
    starts += 1;
    const words = JSON.stringify({ role, prefix: 'verger', graceMs: 2000, ...settings });
    child = spawn(process.execPath, [...FROM_SOURCE, SERVICE, words], {
      env: { PATH: process.env['PATH'] ?? '', HOME: settings.cacheDir, ...env },
      stdio: ['ignore', 'ignore', process.env['CHAOS_LOGS'] === '1' ? 'inherit' : 'ignore'],
    });
    ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
        // A moment apart, so that one that cannot start does not take the machine.
        if (!ending) setTimeout(() => (ending ? undefined : start()), 200);
      });
    });
  };
  start();
  return {
    role,
    get pid() {
      return child.pid ?? 0;
    },
    get starts() {
      return starts;
    },
    get ended() {
      return ended;
    },
    kill: (signal) => void child.kill(signal),
    end: async () => {
      ending = true;
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
