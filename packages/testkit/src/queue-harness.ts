import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@verger/core';
import {
  type ConsumeOptions,
  type Consumer,
  consume,
  type JobQueue,
  openQueue,
  type QueueOptions,
  type Role,
  type RunRef,
} from '@verger/queue';

const PATIENCE_MS = 60_000;

/** Waits until the condition holds; says what was waited for when it does not within a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(10);
  }
}

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function keepingLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const keep = (level: LoggedLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** A server to run a battery on. */
export interface Site {
  /** Its URL for a process of that role, or for its owner. */
  url(role: Role | 'owner'): string;
  /** A prefix under which there is nothing. */
  freshPrefix(): Promise<string>;
}

/** A prefix that no other test has. */
export function randomPrefix(): string {
  return `t${randomUUID().slice(0, 8)}`;
}

/** A run that nobody has submitted yet. */
export const RUN: RunRef = { location: '/runs/r1', runId: 'r1', epoch: 1, priority: 'normal' };

/** [0, count) */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

type Handle = ConsumeOptions['handle'];

/** What one test opens on a site under one prefix; all of it is closed by `close`. */
export interface Bench {
  readonly prefix: string;
  readonly queue: JobQueue;
  readonly log: ReturnType<typeof keepingLogger>;
  options(role: Role): QueueOptions;
  /** Short periods, so that lost jobs are seen soon. */
  worker(
    handle: Handle,
    extra?: { extract?: number; lockMs?: number; maxStalledCount?: number },
  ): Promise<Consumer>;
  reducer(handle: Handle): Promise<Consumer>;
  close(): Promise<void>;
}

const SHORT = {
  lockMs: 1_000,
  stalledIntervalMs: 400,
  alive: { host: 'here', pid: 1, cpu: 'test' },
} as const;

/** Opens a queue on the site under a fresh prefix. */
export async function openBench(site: Site): Promise<Bench> {
  const prefix = await site.freshPrefix();
  const log = keepingLogger();
  const options = (role: Role): QueueOptions => ({
    url: site.url(role),
    prefix,
    role,
    name: `test ${role}`,
    logger: log,
  });
  const consumers: Consumer[] = [];
  const kept = async (consumer: Promise<Consumer>) => {
    consumers.push(await consumer);
    return consumer;
  };
  const queue = await openQueue(options('coordinator'));
  return {
    prefix,
    queue,
    log,
    options,
    worker: (handle, { extract = 1, ...extra } = {}) =>
      kept(
        consume(options('worker'), {
          ...{ kinds: 'work', concurrency: { extract, project: 1 }, handle },
          ...{ ...SHORT, ...extra },
        }),
      ),
    reducer: (handle) =>
      kept(consume(options('reducer'), { kinds: 'reduce', concurrency: { reduce: 1 }, handle, ...SHORT })),
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await queue.close();
    },
  };
}

/** Runs a test's body with a bench and closes it whatever happens. */
export function withBench(site: () => Site, body: (bench: Bench) => Promise<void>): () => Promise<void> {
  return async () => {
    const bench = await openBench(site());
    try {
      await body(bench);
    } finally {
      await bench.close();
    }
  };
}
