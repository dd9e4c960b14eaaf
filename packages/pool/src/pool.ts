import { type Deferred, defer, type Logger, VergerError } from '@verger/core';
import { Dispatcher } from './dispatcher.ts';
import { makeEntry, type RunOptions } from './entry.ts';
import { PoolError } from './errors.ts';
import type { PoolLimits } from './limits.ts';
import { Slot, type SlotPlan, type Verdict } from './slot.ts';
import { watchOnce } from './watch.ts';

/** Useless children in a row, of one slot, after which the pool fails. */
const MAX_FAILURES = 3;
/** Between SIGTERM and SIGKILL. */
const CLOSE_GRACE_MS = 2000;

/** What children run, and their limits. */
export interface PoolOptions<Init> {
  /** The child's module; it calls `serveChild`. */
  readonly module: URL;
  /** How many children, at least 1. */
  readonly processes: number;
  /**
   * Sent once to each child, also to one that replaces a dead one. Must be possible to clone. A promise of it
   * lets children load while it is made; what it rejects with, `start` throws.
   */
  readonly init: Init | Promise<Init>;
  /**
   * How many children load while `init` is made, at least one; the others once it is there. All by default;
   * whoever makes it on a core of its own leaves that one out.
   */
  readonly loadAhead?: number | undefined;
  readonly limits: PoolLimits;
  /** Requests that a child has at once, at least 1: it works on the first, the others hide the way there. */
  readonly window: number;
  /** The whole environment of the children. */
  readonly env?: Readonly<Record<string, string>>;
  /** Stands in logs. */
  readonly name: string;
  readonly logger: Logger;
  /** Between SIGTERM and SIGKILL in `close`. Default 2,000. */
  readonly closeGraceMs?: number;
}

/** The state of a pool. */
export interface PoolStats {
  readonly processes: number;
  /** Children that replaced a dead one. */
  readonly restarts: number;
  /** The children that run now. */
  readonly pids: readonly number[];
  /** Peak resident memory of each place of the pool, over all its children, as far as polls saw it. */
  readonly rssBytes: readonly number[];
}

/**
 * Child processes that answer requests. Each request is answered exactly once: with the response, with what
 * the child threw, or with a PoolError when the child died of it. Requests that only waited behind such a one
 * are given to another child.
 */
export interface Pool<Request, Response, Init = unknown> {
  /**
   * Resolves when all children are ready, or as soon as one is: the others then join it. Throws what `init`
   * threw, or E_CHILD_START; then nothing is left running. Once one was ready, a child that cannot start is
   * tried again, as later ones are.
   */
  start(until?: 'all' | 'one'): Promise<void>;
  /**
   * Gives all children, and those that replace them, another `init`, and resolves when they are ready with it.
   * Only while no request is unanswered. Errors: as those of `start`.
   */
  renew(init: Init): Promise<void>;
  /** Queues a request. The queue has no bound: callers bound what they ask for. */
  run(request: Request, options?: RunOptions): Promise<Response>;
  stats(): PoolStats;
  /**
   * Ends all children (SIGTERM, then SIGKILL) and rejects what is unanswered with E_INTERRUPTED. Idempotent.
   */
  close(): Promise<void>;
}

class ChildPool<Init, Request, Response> implements Pool<Request, Response, Init> {
  readonly #options: PoolOptions<Init>;
  readonly #slots: readonly Slot<Init, Request, Response>[];
  readonly #dispatcher: Dispatcher<Request, Response>;
  readonly #plan: SlotPlan<Init>;
  #ready: Deferred<void> = defer();
  #oneReady: Deferred<void> = defer();
  /** Resolves when the last child is gone. */
  readonly #quiet: Deferred<void> = defer();
  #state: 'new' | 'starting' | 'running' | 'over' = 'new';
  /** What every call gets once the pool is over. */
  #ending: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restarts = 0;
  /** One child was ready with this `init`: that of another is not its fault. */
  #hasWorked = false;

  constructor(options: PoolOptions<Init>) {
    this.#options = options;
    const { module, env = {}, init, limits } = options;
    this.#plan = { module, env, init, memoryBytes: limits.memoryBytes };
    const listener = {
      ready: () => this.#onReady(),
      answered: (slot: Slot<Init, Request, Response>) => this.#dispatcher.answered(slot),
      died: (slot: Slot<Init, Request, Response>, verdict: Verdict<Request, Response>) =>
        this.#onDied(slot, verdict),
    };
    this.#slots = Array.from(
      { length: Math.max(1, options.processes) },
      () => new Slot(this.#plan, listener),
    );
    this.#dispatcher = new Dispatcher(this.#slots, { window: Math.max(1, options.window) });
    // Told to the callers of start, if there are any.
    for (const { promise } of [this.#ready, this.#oneReady]) promise.catch(() => {});
  }

  async start(until: 'all' | 'one' = 'all'): Promise<void> {
    if (this.#state === 'new') {
      this.#state = 'starting';
      this.#watch();
      this.#startSlots();
    }
    try {
      await (until === 'all' ? this.#ready : this.#oneReady).promise;
    } catch (error) {
      await this.#quiet.promise;
      throw error;
    }
  }

  #startSlots(): void {
    const { init } = this.#plan;
    const all = this.#slots.length;
    const ahead = init instanceof Promise ? Math.max(1, this.#options.loadAhead ?? all) : all;
    for (const slot of this.#slots.slice(0, ahead)) slot.start();
    const startOthers = () => {
      if (this.#state === 'over') return;
      for (const slot of this.#slots.slice(ahead)) slot.start();
    };
    // Where it cannot be made, those that have begun tell.
    if (init instanceof Promise) init.then(startOthers, () => {});
  }

  async renew(init: Init): Promise<void> {
    await this.#ready.promise;
    if (this.#state !== 'running') throw this.#ending;
    this.#plan.init = init;
    this.#state = 'starting';
    this.#ready = defer();
    this.#hasWorked = false;
    for (const slot of this.#slots) slot.renew(init);
    await this.start();
  }

  run(request: Request, options: RunOptions = {}): Promise<Response> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    const { entry, answer } = makeEntry<Request, Response>(
      request,
      { ...options, base: this.#options.limits },
      (aborted) => this.#dispatcher.forget(aborted),
    );
    if (!entry.settled()) this.#dispatcher.add(entry);
    return answer;
  }

  stats(): PoolStats {
    return {
      processes: this.#slots.length,
      restarts: this.#restarts,
      pids: this.#slots.flatMap((slot) => slot.child?.pid ?? []),
      rssBytes: this.#slots.map((slot) => slot.peakBytes),
    };
  }

  close(): Promise<void> {
    this.#end(new VergerError('E_INTERRUPTED', {}, { detail: `The pool ${this.#options.name} was closed.` }));
    return this.#quiet.promise;
  }

  #refusal(): Error | undefined {
    if (this.#state !== 'new') return this.#ending;
    return new VergerError('E_INTERNAL', {}, { detail: `The pool ${this.#options.name} was not started.` });
  }

  #watch(): void {
    let watching = false;
    this.#timer = setInterval(() => {
      if (watching) return;
      watching = true;
      void watchOnce(this.#slots, this.#options.limits).finally(() => {
        watching = false;
      });
    }, this.#options.limits.pollMs).unref();
  }

  #onReady(): void {
    this.#oneReady.resolve();
    this.#hasWorked = true;
    if (this.#state === 'starting' && this.#slots.every(({ state }) => state === 'ready')) {
      this.#state = 'running';
      this.#ready.resolve();
    }
    this.#dispatcher.dispatch();
  }

  #onDied(slot: Slot<Init, Request, Response>, verdict: Verdict<Request, Response>): void {
    if (this.#state === 'over') {
      this.#settleQuiet();
      return;
    }
    const { name, logger } = this.#options;
    const { pid, reason, seen, death, initError } = verdict;
    logger.warn({ pool: name, pid, reason, seen, output: death.output, error: initError }, 'child died');
    this.#dispatcher.died(slot, verdict);
    if (initError !== undefined && !this.#hasWorked) {
      this.#end(initError);
    } else if (slot.failures >= MAX_FAILURES) {
      const why = initError?.message ?? new PoolError(reason, seen, death.output).detail;
      const detail = `${slot.failures} times in a row in the pool ${name}: ${why}`;
      this.#end(new VergerError('E_CHILD_START', {}, { detail, cause: initError }));
    } else {
      this.#restarts += 1;
      slot.start();
      this.#dispatcher.dispatch();
    }
  }

  /**
   * The one way out, by `close` or by failure: nothing new is taken, all that is open is rejected, all
   * children are ended.
   */
  #end(error: Error): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#ending = error;
    clearInterval(this.#timer);
    this.#ready.reject(error);
    this.#oneReady.reject(error);
    this.#dispatcher.rejectAll(error);
    for (const { child } of this.#slots) child?.kill('SIGTERM');
    const hard = setTimeout(() => {
      for (const { child } of this.#slots) child?.kill('SIGKILL');
    }, this.#options.closeGraceMs ?? CLOSE_GRACE_MS);
    void this.#quiet.promise.then(() => clearTimeout(hard));
    this.#settleQuiet();
  }

  #settleQuiet(): void {
    if (this.#slots.every(({ child }) => child === undefined)) this.#quiet.resolve();
  }
}

/** A pool that has not begun: `start` forks its children. */
export function createPool<Init, Request, Response>(
  options: PoolOptions<Init>,
): Pool<Request, Response, Init> {
  return new ChildPool<Init, Request, Response>(options);
}
