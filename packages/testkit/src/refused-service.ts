/**
 * A service on a Redis that answers with an error from some moment on: what it logs, says of its health, and
 * how it ends.
 */
import { randomUUID } from 'node:crypto';
import type { Service, ServiceOptions } from '@verger/cluster';
import { asVergerError } from '@verger/core';
import { openQueue } from '@verger/queue';
import { openStorage } from '@verger/storage';
import { type ServiceKind, startService } from '../../cluster/src/service/service.ts';
import { type Refusing, startFakeRedis } from './fake-redis.ts';
import { keepingLogger, RUN, until } from './queue-harness.ts';
import { SILENT, WORKER } from './run-harness.ts';

/**
 * When the server begins to answer so: before the service starts, while it waits for a job, while it has one.
 */
export const MOMENTS = ['start', 'idle', 'in a job'] as const;
export type Moment = (typeof MOMENTS)[number];

/** What was seen. */
export interface Seen {
  /** The code that it ended with. */
  readonly ended: string;
  /** Lines of its log in the worst minute of its clock. */
  readonly linesAMinute: number;
  /** What `/readyz` said, 0 where it never listened. */
  readonly ready: { readonly status: number; readonly text: string };
  /** `verger_redis_connected`. */
  readonly connected: number;
  /** Minutes of its clock from the first refusal to its end. */
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
/** Each would be a line of the log where lines are not kept back. */
const REFUSALS = [25, 3] as const;

/** A kind of service whose jobs wait until they are let go. */
function kindOf(held: Promise<void>): ServiceKind {
  return {
    role: 'worker',
    taking: { kinds: 'work', concurrency: { extract: 2, project: 1 } },
    handle: () => async () => {
      await held;
      return { done: true };
    },
    loads: () => 0,
    close: async () => {},
  };
}

/** What is watched. */
export interface Watch {
  readonly moment: Moment;
  readonly refusing: Refusing;
  /**
   * How many refusals at the least there are in the first minute of its clock, and in each one after it.
   * Default: 25 and 3.
   */
  readonly refusals?: readonly [first: number, then: number];
}

/**
 * Starts a service on a fake in front of the Redis at that port, and watches it to its end. Its clock is
 * ours: ten minutes take a second.
 */
export async function watchRefused(
  port: number,
  { moment, refusing, refusals = REFUSALS }: Watch,
): Promise<Seen> {
  const fake = await startFakeRedis(port);
  const logger = keepingLogger();
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, now: () => '2026-01-01T00:00:00.000Z' };
  const prefix = `t-${randomUUID()}`;
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const options = {
    ...{ redisUrl: fake.url, prefix, worker: WORKER, clock, logger, allowRoots: [], openStorage },
    ...{ health: { host: '127.0.0.1', port: 0 }, watchdogMs: 5 * MINUTE_MS },
    ...(moment === 'start' ? { connectMs: 4_000 } : {}),
    ...{ lockMs: 1_000, stalledIntervalMs: 400, pausesMs: { first: 2, longest: 20 } },
    ...{ processes: 1, childMemoryBytes: 2 ** 28, imageCpuSeconds: 60, cacheDir: '/nowhere' },
  } as ServiceOptions;
  let service: Service | undefined;
  try {
    if (moment === 'start') fake.refuse(refusing);
    service = await startService(options, kindOf(held));
    if (moment === 'in a job') {
      const queue = await openQueue({
        url: fake.url,
        prefix,
        logger: SILENT,
        name: 't',
        role: 'coordinator',
      });
      await queue.submit(RUN, 'extract', [0, 1, 2, 3]);
      await queue.close();
      await until('jobs are under way', async () => (await metric(service, 'verger_jobs_active')) === 2);
    }
    fake.refuse(refusing);
    letGo();
    return await watchToItsEnd(service, { fake, clock, logger, refusals });
  } catch (error) {
    const ready = { status: 0, text: '' };
    return { ended: endOf(error), linesAMinute: logger.lines.length, ready, connected: 0, minutes: 0 };
  } finally {
    letGo();
    await service?.close(0);
    await fake.close();
  }
}

interface Watched {
  readonly fake: { readonly counts: { readonly refused: number } };
  readonly clock: { nowMs: number };
  readonly logger: { readonly lines: readonly unknown[] };
  readonly refusals: readonly [number, number];
}

async function watchToItsEnd(service: Service, { fake, clock, logger, refusals }: Watched): Promise<Seen> {
  let ended: string | undefined;
  service.done.then(
    () => {
      ended = 'well';
    },
    (error: unknown) => {
      ended = endOf(error);
    },
  );
  await until('it is not ready', async () => (await answer(service, '/readyz')).status === 503);
  const ready = await answer(service, '/readyz');
  const connected = await metric(service, 'verger_redis_connected');
  let linesAMinute = 0;
  for (; ended === undefined && clock.nowMs < 30 * MINUTE_MS; clock.nowMs += MINUTE_MS) {
    const lines = logger.lines.length;
    const refused = fake.counts.refused + refusals[clock.nowMs === 0 ? 0 : 1];
    const asked = () => fake.counts.refused >= refused || ended !== undefined;
    await until('it has asked some times more', asked);
    linesAMinute = Math.max(linesAMinute, logger.lines.length - lines);
  }
  return { ended: ended ?? 'never', linesAMinute, ready, connected, minutes: clock.nowMs / MINUTE_MS };
}

const endOf = (error: unknown) => asVergerError(error).code;

async function answer({ healthUrl }: Service, path: string) {
  const response = await fetch(`${healthUrl}${path}`);
  return { status: response.status, text: await response.text() };
}

async function metric(service: Service | undefined, name: string): Promise<number> {
  if (service === undefined) return Number.NaN;
  const { text } = await answer(service, '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}
