/** A dashboard as its user starts it, with a Redis that knows its read-only user, workers and a reducer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningCli, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { until } from '@verger/testkit/processes';
import { type RedisServer, startRedis } from '@verger/testkit/redis-server';
import { type S3Server, startS3Server } from '@verger/testkit/s3-server';

/** The password of the dashboards of these tests. */
export const PASSWORD = 'correct horse battery';
const USERS = readFileSync(new URL('../../docs/cluster.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('user verger-dashboard '));
/** A run is given up after so long, and what serves it ends. */
const LIMIT_MS = 600_000;

/** The servers, and the processes that were started on them. */
export interface Site {
  readonly folder: string;
  /** Where runs go. */
  readonly output: string;
  /** With the buckets `photos` and `results`, where it was asked for. */
  readonly s3: S3Server | undefined;
  readonly redis: RedisServer;
  /** The URL of the Redis user that the documentation gives the dashboard. */
  readonly readerUrl: string;
  /** Runs `verger` to its end. Errors: what it said, when it fails. */
  verger(args: readonly string[]): Promise<string>;
  /** Starts a worker or reducer with one child; waits until it takes jobs. */
  serve(role: 'worker' | 'reducer'): Promise<RunningCli>;
  /** Submits a run of a folder of images to the workers and does not wait for it. */
  submit(
    images: string,
    options: { name: string; partitions: number; plan?: readonly string[] },
  ): Promise<void>;
  /** Starts a dashboard on a free port; `origin` is its address. */
  dashboard(options: {
    readonly places: readonly string[];
    readonly more?: readonly string[];
  }): Promise<RunningCli & { readonly origin: string }>;
  close(): Promise<void>;
}

/** Untrained weights, and few components. */
const PLAN = ['--components', '3', ...TRIAL];

/** Starts Redis, and S3 for images and runs where wanted; the other processes when they are asked for. */
export async function startSite({
  onS3 = false,
  env: forAll = {},
}: {
  onS3?: boolean;
  env?: Readonly<Record<string, string>>;
} = {}): Promise<Site> {
  const place = await temporaryFolder();
  const s3 = onS3 ? await startS3Server() : undefined;
  for (const bucket of ['photos', 'results']) await s3?.makeBucket(bucket);
  const { folder } = place;
  const redis = await startRedis({
    appendOnly: true,
    users: ['user default on nopass ~* &* +@all', ...USERS],
  });
  const output = s3 === undefined ? join(folder, 'results') : 's3://results';
  const roots = s3 === undefined ? [folder] : ['s3://photos', 's3://results'];
  const readerUrl = `redis://verger-dashboard:DASHBOARD-PASSWORD@127.0.0.1:${redis.port}`;
  const started: RunningCli[] = [];
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const running = startCli(args, {
      ...{ cwd: folder, built: true },
      env: { XDG_CACHE_HOME: join(folder, 'cache'), ...s3?.env, ...forAll, ...env },
    });
    started.push(running);
    const timer = setTimeout(() => running.child.kill('SIGKILL'), LIMIT_MS);
    running.child.once('close', () => clearTimeout(timer));
    return running;
  };
  const verger = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await start(args).ended;
    if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}:\n${stderr}`);
    return stdout;
  };
  return {
    ...{ folder, output, s3, redis, readerUrl, verger },
    serve: async (role) => {
      const allowed = roots.flatMap((root) => ['--allow-root', root]);
      const running = start([role, '--redis', redis.url, '--processes', '1', ...allowed]);
      await said(running, 'takes jobs');
      return running;
    },
    submit: async (images, { name, partitions, plan = PLAN }) => {
      const cut = ['--partitions', String(partitions), ...plan];
      const words = ['run', images, '--output', output, '--name', name, ...cut];
      await verger([...words, '--redis', redis.url, '--detach']);
    },
    dashboard: async ({ places, more = [] }) => {
      const words = places.flatMap((one) => ['--place', one]);
      const args = ['dashboard', ...words, '--listen', '127.0.0.1:0', '--redis', readerUrl, ...more];
      const running = start(args, { VERGER_DASHBOARD_PASSWORD: PASSWORD });
      const { url } = await said(running, 'serves the dashboard');
      return { ...running, origin: new URL(String(url)).origin };
    },
    close: async () => {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await redis.close();
      await s3?.stop();
      await place.remove();
    },
  };
}

/** Waits for a line of a process's log. Errors: what it said, when it ended before. */
async function said(running: RunningCli, message: string): Promise<Record<string, unknown>> {
  const line = () =>
    running
      .stderr()
      .split('\n')
      .find((text) => text.startsWith('{') && text.includes(`"${message}"`));
  await until(message, () => line() !== undefined || running.child.exitCode !== null);
  const text = line();
  if (text === undefined) throw new Error(`it ended:\n${running.stderr()}`);
  return JSON.parse(text) as Record<string, unknown>;
}
