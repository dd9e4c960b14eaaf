/** A watch on a queue that a test sets and on runs that it writes, under a clock that it sets. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, type VergerError, withSelfHash } from '@verger/core';
import { openEpoch, recordBytes } from '@verger/run';
import { createStorages, openLocalStorage, type Storages } from '@verger/storage';
import { faultyStorage, type StorageCall } from '@verger/testkit/faulty-storage';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { FINISH, temporaryFolder, WORKER } from '@verger/testkit/run-harness';
import { type AskedQueue, RunWatch } from '../run-watch.ts';

/** The time at which tests begin. */
export const NOW_MS = Date.parse('2026-11-30T12:00:00.000Z');
/** A queue as epochs name it. */
export const QUEUE = 'redis://queue:6379 verger';

/** A clock that stands until it is set. */
export function setClock(): Clock & { passedMs: number } {
  return {
    passedMs: 0,
    monotonicMs() {
      return this.passedMs;
    },
    now() {
      return new Date(NOW_MS + this.passedMs).toISOString();
    },
  };
}

type Answers = { [Name in keyof AskedQueue]: Awaited<ReturnType<AskedQueue[Name]>> };

/** What the queue says, or with which error; a test changes it. */
export interface SetQueue {
  runs: Answers['runs'];
  jobs: number;
  /** Child processes of each live worker; undefined: it does not say. */
  workers: (number | undefined)[];
  error: VergerError | undefined;
}

/** Called before each call of the storage `at` a location. */
interface Faults {
  before: ((call: StorageCall & { at: string }) => void | Promise<void>) | undefined;
}

/** What a watch is tested on. */
export interface WatchSite {
  readonly output: string;
  readonly clock: Clock & { passedMs: number };
  readonly logger: ReturnType<typeof keepingLogger>;
  readonly queue: SetQueue;
  /** Called before each call of the storage. */
  readonly faults: Faults;
  readonly calls: StorageCall[];
  readonly storages: Storages;
  readonly watch: RunWatch;
  /** Lets the queue name these runs of the output. */
  queued(...ids: string[]): void;
}

/** Runs below a temporary folder, and a watch on them. */
export async function watchSite(t: TestContext): Promise<WatchSite> {
  const output = await temporaryFolder(t);
  const clock = setClock();
  const logger = keepingLogger();
  const queue: SetQueue = { runs: [], jobs: 1, workers: [], error: undefined };
  const faults: Faults = { before: undefined };
  const calls: StorageCall[] = [];
  const storages = seenStorages(calls, faults);
  const reader = readerOf(queue);
  const watch = new RunWatch({ reader, storages, places: [output], clock, logger });
  const queued = (...ids: string[]) => {
    queue.runs = ids.map((runId) => ({
      ...{ location: join(output, runId), runId, epoch: 1, priority: 'normal' as const },
    }));
  };
  return { output, clock, logger, queue, faults, calls, storages, watch, queued };
}

/** Adds an epoch to a written run. */
export async function addEpoch(folder: string, queue: string | undefined, at: string): Promise<void> {
  const fields = { cause: 'resume' as const, finish: FINISH, by: WORKER, at, queue };
  await openEpoch(openLocalStorage(folder), fields);
}

/** Writes a record of a run. */
export async function writeRecord(folder: string, file: string, record: object): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), recordBytes(withSelfHash(record)));
}

function readerOf(queue: SetQueue): AskedQueue {
  const asked = <T>(answer: () => T) => {
    return async () => {
      if (queue.error !== undefined) throw queue.error;
      return answer();
    };
  };
  const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
  return {
    runs: asked(() => queue.runs),
    counts: asked(() => ({ extract: { ...none, waiting: queue.jobs }, project: none, reduce: none })),
    alive: asked(() =>
      queue.workers.map((processes) => ({
        ...{
          name: randomUUID(),
          host: 'h',
          pid: 1,
          role: 'worker' as const,
          cpu: 'c',
          protocol: 1,
          ...(processes === undefined ? {} : { processes }),
        },
      })),
    ),
  };
}

function seenStorages(calls: StorageCall[], faults: Faults): Storages {
  const none = createStorages(async () => {
    throw new Error('no S3 here');
  });
  const before = (at: string) => async (call: StorageCall) => {
    calls.push(call);
    await faults.before?.({ ...call, at });
  };
  const open = (location: string) => faultyStorage(none.open(location), { before: before(location) });
  return { ...none, open };
}
