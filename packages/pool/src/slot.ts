import { type Child, type Death, forkChild } from './child.ts';
import type { Entry } from './entry.ts';
import { fromWire, PoolError } from './errors.ts';
import type { PoolReason } from './limits.ts';
import type { FromChild } from './messages.ts';
import { mib, readUsage } from './usage.ts';

/** What a slot needs to fork its child, again and again. */
export interface SlotPlan<Init> {
  readonly module: URL;
  readonly env: Readonly<Record<string, string>>;
  /** Another one may take its place while the pool runs. */
  init: Init | Promise<Init>;
  /**
   * A child that is larger than this after its start is of no use: it would be killed on its first request.
   */
  readonly memoryBytes: number;
}

/** The death of a slot's child, judged. */
export interface Verdict<Request, Response> {
  /** The request that it died of, with the error to give. */
  readonly blamed: { readonly entry: Entry<Request, Response>; readonly error: PoolError } | undefined;
  /**
   * The requests that only waited behind it, in order; with the oldest itself when nothing is proven against
   * it.
   */
  readonly requeue: readonly Entry<Request, Response>[];
  readonly pid: number | undefined;
  readonly death: Death;
  readonly reason: PoolReason;
  /** What was seen: a measure and its limit, a signal, an exit code. */
  readonly seen: string;
  /** It ended before it was of any use: while starting, or idle without one answer. */
  readonly useless: boolean;
  /** What `init` threw, if it threw, or why there was no child to begin with. */
  readonly initError: Error | undefined;
}

/** What a slot tells its pool. */
export interface SlotListener<Init, Request, Response> {
  ready(slot: Slot<Init, Request, Response>): void;
  answered(slot: Slot<Init, Request, Response>): void;
  died(slot: Slot<Init, Request, Response>, verdict: Verdict<Request, Response>): void;
}

/** A slot as those see it who give it requests. */
export interface Seat<Request, Response> {
  /** True while the child may be given requests. */
  readonly open: boolean;
  /** The unanswered requests that it was given, oldest first. */
  readonly window: readonly Entry<Request, Response>[];
  give(entry: Entry<Request, Response>): void;
}

interface KillReason<Request, Response> {
  readonly reason: PoolReason;
  readonly entry: Entry<Request, Response> | undefined;
  readonly seen: string;
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/**
 * One place of the pool: a child, its successors, and the window of requests that the child has been given.
 */
export class Slot<Init, Request, Response> implements Seat<Request, Response> {
  readonly window: Entry<Request, Response>[] = [];
  state: 'starting' | 'ready' | 'gone' = 'gone';
  child: Child<Init, Request> | undefined;
  /** Useless children in a row. */
  failures = 0;
  peakBytes = 0;
  /** When the child was given its `init`; undefined while that is still being made. */
  startedMs: number | undefined;
  readonly #plan: SlotPlan<Init>;
  readonly #listener: SlotListener<Init, Request, Response>;
  #answers = 0;
  #initError: Error | undefined;
  #killReason: KillReason<Request, Response> | undefined;

  constructor(plan: SlotPlan<Init>, listener: SlotListener<Init, Request, Response>) {
    this.#plan = plan;
    this.#listener = listener;
  }

  /**
   * Forks a child and sends it `init`, once that is there: the child loads its modules meanwhile. Never
   * throws: a child that could not be had, or has nothing to begin with, is told as one that died.
   */
  start(): void {
    this.state = 'starting';
    this.startedMs = undefined;
    this.#answers = 0;
    this.#initError = undefined;
    this.#killReason = undefined;
    try {
      this.child = forkChild<Init, Request, Response>(this.#plan.module, this.#plan.env, {
        message: (message) => this.#hear(message),
        gone: (death) => this.#onExit(death),
      });
    } catch (error) {
      this.#initError = asError(error);
      queueMicrotask(() => this.#onExit({ code: null, signal: null, output: '' }));
      return;
    }
    const { child } = this;
    const { init } = this.#plan;
    if (!(init instanceof Promise)) this.#initialise(child, init);
    else {
      init.then(
        (made) => this.#initialise(child, made),
        (error) => this.#giveUp(child, error),
      );
    }
  }

  /** Gives the child the plan's `init` again: until it is ready with that it takes no request. */
  renew(init: Init): void {
    if (this.child === undefined) return;
    this.state = 'starting';
    this.#initialise(this.child, init);
  }

  #initialise(child: Child<Init, Request>, init: Init): void {
    if (this.child !== child) return;
    this.startedMs = performance.now();
    try {
      child.send({ type: 'init', init });
    } catch (error) {
      this.#giveUp(child, error);
    }
  }

  /** Ends a child that cannot be given its `init`. */
  #giveUp(child: Child<Init, Request>, error: unknown): void {
    if (this.child !== child) return;
    this.#initError = asError(error);
    child.kill('SIGKILL');
  }

  /**
   * Sends a request to the child. One that cannot be cloned is answered with that error and takes no place in
   * the window.
   */
  give(entry: Entry<Request, Response>): void {
    try {
      this.child?.send({ type: 'request', id: entry.id, request: entry.request });
    } catch (error) {
      entry.reject(error);
      return;
    }
    this.window.push(entry);
    this.#markOldest();
  }

  /** Kills the child because of what was seen while `entry` was its oldest. */
  kill(charge: KillReason<Request, Response>): void {
    if (this.#killReason !== undefined) return;
    this.#killReason = charge;
    this.child?.kill('SIGKILL');
  }

  get open(): boolean {
    return this.state === 'ready' && this.#killReason === undefined;
  }

  async #admit(): Promise<void> {
    const child = this.child;
    const usage = child?.pid === undefined ? undefined : (await readUsage([child.pid])).get(child.pid);
    if (this.child !== child || this.#killReason !== undefined) return;
    const { memoryBytes } = this.#plan;
    if (usage !== undefined && usage.rssBytes > memoryBytes) {
      const seen = `${mib(usage.rssBytes)} after its start; the limit is ${mib(memoryBytes)}`;
      this.kill({ reason: 'memory', entry: undefined, seen });
      return;
    }
    this.state = 'ready';
    this.#listener.ready(this);
  }

  #markOldest(): void {
    const oldest = this.window[0];
    if (oldest !== undefined) oldest.oldestSinceMs ??= performance.now();
  }

  #hear(message: FromChild<Response>): void {
    if (message.type === 'ready') {
      void this.#admit();
      return;
    }
    if (message.type === 'init-failed') {
      this.#initError = fromWire(message.error);
      this.child?.kill('SIGKILL');
      return;
    }
    const entry = this.window.shift();
    if (entry === undefined || entry.id !== message.id) {
      // Cannot happen with serveChild. Whatever speaks here is not to be trusted with another request.
      if (entry !== undefined) this.window.unshift(entry);
      this.kill({ reason: 'crash', entry, seen: 'it answered out of order' });
      return;
    }
    this.#answers += 1;
    this.failures = 0;
    this.#markOldest();
    if (message.type === 'ok') entry.resolve(message.response);
    else entry.reject(fromWire(message.error));
    this.#listener.answered(this);
  }

  #onExit(death: Death): void {
    const verdict = this.#judge(death);
    this.failures = verdict.useless ? this.failures + 1 : 0;
    this.state = 'gone';
    this.child = undefined;
    this.window.length = 0;
    this.#listener.died(this, verdict);
  }

  /** Only now, after the last message, is it known which request was being worked on. */
  #judge(death: Death): Verdict<Request, Response> {
    const oldest = this.state === 'ready' ? this.window[0] : undefined;
    const charge = this.#killReason;
    const outOfHeap = death.output.includes('heap out of memory');
    const reason = charge?.reason ?? (outOfHeap ? 'memory' : 'crash');
    const seen = charge?.seen ?? `${death.signal ?? `exit code ${death.code}`}`;
    // An answer may have been on its way while the charge was made: then the request that follows it is not
    // to blame.
    const guilty = oldest !== undefined && (charge === undefined || charge.entry === oldest);
    const spared = guilty && reason === 'wall' && !oldest.wallSpent;
    if (spared) oldest.wallSpent = true;
    const blamed =
      guilty && !spared ? { entry: oldest, error: new PoolError(reason, seen, death.output) } : undefined;
    const requeue = this.window.slice(blamed === undefined ? 0 : 1);
    for (const entry of requeue) {
      entry.oldestSinceMs = undefined;
      entry.cpuAtStartMs = undefined;
    }
    const useless = this.state === 'starting' || (this.window.length === 0 && this.#answers === 0);
    return {
      blamed,
      requeue,
      pid: this.child?.pid,
      death,
      reason,
      seen,
      useless,
      initError: this.#initError ?? death.error,
    };
  }
}
