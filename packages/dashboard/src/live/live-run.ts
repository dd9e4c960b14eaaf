import { randomBytes } from 'node:crypto';
import { asVergerError, type Clock, type Logger } from '@verger/core';
import { deltaOf, type LiveMessage, type LiveState, snapshotOf } from '@verger/report';
import type { CachedRun } from '@verger/run-index';
import type { StreamReader } from '../http/page.ts';
import type { QueueWatch } from '../runs/queue-watch.ts';
import { liveStateOf } from './live-state.ts';
import { WorkerPlaces } from './worker-context.ts';

/** Between two looks, milliseconds. Storage that is slow is looked at more rarely, as `CachedRun` decides. */
export const LOOK_EVERY_MS = 3_000;
/** A page that shares its browser's few connections comes again after so long. */
const ONCE_EVERY_MS = 10_000;

/** What follows a run. */
export interface LiveRunOptions {
  readonly run: CachedRun;
  readonly queue: QueueWatch;
  readonly clock: Clock;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  /** Looks at the run's storage, unless what is known is fresh. Never throws. */
  look(): Promise<void>;
  /** For tests: how a look is put off; gives what calls it off. Default: a timer. */
  readonly later?: (work: () => void, ms: number) => () => void;
}

const BYTES_PER_PARTITION = 40;

/** What is said where a look failed. */
const OLDER = 'What is shown is older. See the log of the dashboard; it tries again every 3 s.';

const byTimer = (work: () => void, ms: number) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/**
 * One run that is followed: looks at it every 3 s while somebody reads, and tells all readers the same. A
 * reader gets a snapshot first, unless it has had the newest message; then what changes. Ends its readers
 * when the run is over.
 */
export class LiveRun {
  readonly run: CachedRun;
  readonly #options: LiveRunOptions;
  readonly #readers = new Set<StreamReader>();
  readonly #places = new WorkerPlaces();
  /** Ids of a dashboard that was started again differ. */
  readonly #birth = randomBytes(6).toString('hex');
  #number = 0;
  #state: LiveState | undefined;
  #snapshot: Buffer | undefined;
  #looking: Promise<void> | undefined;
  #callOff: (() => void) | undefined;
  /** Readers whose first look is under way. */
  #joining = 0;
  #isClosed = false;
  /** Why the last look failed; logged once. */
  #fault: string | undefined;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.run = options.run;
  }

  /** How many read. */
  get readers(): number {
    return this.#readers.size;
  }

  /** True while somebody reads, or waits for the first look. */
  get isUsed(): boolean {
    return this.#readers.size > 0 || this.#joining > 0;
  }

  /** What it keeps, about: the columns of its partitions, and their snapshot. */
  get bytes(): number {
    return (this.#state?.columns.state.length ?? 0) * BYTES_PER_PARTITION + (this.#snapshot?.byteLength ?? 0);
  }

  /**
   * Adds a reader until its signal is aborted. `once`: it gets what is new, and comes again later. Errors:
   * those of a first look that failed; later ones are told as a trouble of the run.
   */
  async join(
    reader: StreamReader,
    { lastId, once, signal }: { lastId: string | undefined; once: boolean; signal: AbortSignal },
  ): Promise<void> {
    this.#joining += 1;
    try {
      if (this.#readers.size === 0) await this.#look();
    } finally {
      this.#joining -= 1;
    }
    if (this.#isClosed) return reader.end();
    if (signal.aborted) return;
    reader.send(once ? `retry: ${ONCE_EVERY_MS}\n\n` : 'retry: 2000\n\n');
    if (lastId === this.#id()) reader.send(this.#timeOnly());
    else reader.send(this.#wholeState());
    if (this.#state?.facts.isOver === true) return this.#over([reader]);
    if (once) return reader.end();
    this.#readers.add(reader);
    signal.addEventListener('abort', () => this.#leave(reader), { once: true });
    this.#plan();
  }

  /** Looks once, and tells all readers what has changed. */
  async tick(): Promise<void> {
    await this.#look();
  }

  /** Ends all readers, and those who are about to join. */
  close(): void {
    this.#isClosed = true;
    for (const reader of [...this.#readers]) {
      this.#leave(reader);
      reader.end();
    }
  }

  #id(): string {
    return `${this.#birth}-${this.#number}`;
  }

  #leave(reader: StreamReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #plan(): void {
    if (this.#callOff !== undefined || this.#readers.size === 0) return;
    const { later = byTimer } = this.#options;
    const again = () => this.#plan();
    this.#callOff = later(() => {
      this.#callOff = undefined;
      this.#look().then(again, again);
    }, LOOK_EVERY_MS);
  }

  /** One look at a time. Errors: only of a first one. */
  async #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookNow(): Promise<void> {
    const { run, queue, clock, look } = this.#options;
    try {
      await Promise.all([look(), queue.look()]);
      run.shownMs = clock.monotonicMs();
      const [at, monotonicMs] = [clock.now(), clock.monotonicMs()];
      this.#become(liveStateOf({ run, queue: queue.facts, places: this.#places, at, monotonicMs }));
      this.#fault = undefined;
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /** A look that failed is logged and shown: it must not end the dashboard for all other runs. */
  #failed(thrown: unknown): void {
    const { code, message } = asVergerError(thrown);
    const what = `This page cannot be brought up to date: ${code}: ${message}`;
    if (what !== this.#fault) this.#options.logger?.warn({ code, run: this.run.location }, what);
    this.#fault = what;
    const state = this.#state;
    if (state === undefined) throw thrown;
    const troubles = state.facts.troubles.filter(({ next }) => next !== OLDER);
    const facts = { ...state.facts, troubles: [{ tone: 'bad' as const, what, next: OLDER }, ...troubles] };
    this.#become({ ...state, facts });
  }

  /** Tells all readers what has changed. */
  #become(after: LiveState): void {
    const before = this.#state;
    const delta = before === undefined ? 'snapshot' : deltaOf(before, after);
    this.#state = after;
    if (delta !== undefined) {
      this.#number += 1;
      this.#snapshot = undefined;
    }
    if (this.#readers.size === 0) return;
    this.#tell(delta === undefined ? this.#timeOnly() : this.#message(delta));
    if (after.facts.isOver) this.#over([...this.#readers]);
  }

  #message(delta: LiveMessage | 'snapshot'): Buffer {
    return delta === 'snapshot' ? this.#wholeState() : eventOf(this.#id(), delta);
  }

  #timeOnly(): Buffer {
    return eventOf(this.#id(), { at: this.#state?.at ?? this.#options.clock.now() });
  }

  #wholeState(): Buffer {
    if (this.#state === undefined) return Buffer.from('');
    this.#snapshot ??= eventOf(this.#id(), snapshotOf(this.#state));
    return this.#snapshot;
  }

  #tell(message: Buffer): void {
    for (const reader of [...this.#readers]) if (!reader.send(message)) this.#leave(reader);
  }

  /** Nothing more is to come: a browser would ask again for ever. */
  #over(readers: readonly StreamReader[]): void {
    for (const reader of readers) {
      reader.send('event: over\ndata: {}\n\n');
      this.#leave(reader);
      reader.end();
    }
  }
}

function eventOf(id: string, message: LiveMessage): Buffer {
  return Buffer.from(`id: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
}
