import {
  DelayedError,
  type Job,
  type JobJson,
  type Processor,
  WaitingChildrenError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { insist } from './insist.ts';
import { isAnswer } from './redis-errors.ts';
import type { Asker, Refusals } from './refusals.ts';

/**
 * BullMQ's worker, with four of its ways mended: what it does with jobs whose data is no JSON, that it asks a
 * server again at once which refuses it (thousands of times a second), that a job which was done fails when
 * the server refuses to hear so, and what `close` leaves behind.
 */
export class CarefulWorker extends Worker {
  readonly #refusals: Refusals;
  readonly #ending = new AbortController();
  /** Once it has been connected: what waits for jobs, on a connection of its own. */
  #waiting: { readonly status: string } | undefined;

  constructor(
    queue: string,
    process: Processor,
    { refusals, ...options }: WorkerOptions & { readonly refusals: Refusals },
  ) {
    super(queue, process, { ...options, autorun: false });
    this.#refusals = refusals;
    const { backend } = this;
    const waitForJob = backend.waitForJob.bind(backend);
    backend.waitForJob = (timeout) => this.#ask('wait', () => waitForJob(timeout));
    const moveStalled = backend.moveStalledJobsToWait.bind(backend);
    backend.moveStalledJobsToWait = () => this.#ask('stalled', moveStalled);
    this.#watchWaiting();
    this.run().catch((error: unknown) => this.emit('error', asError(error)));
  }

  /** True while the connection that waits for jobs is there. */
  get waits(): boolean {
    return this.#waiting?.status === 'ready';
  }

  /**
   * A job whose data is no JSON is handed over without data: BullMQ would take it again and again and never
   * hand it over.
   */
  protected override createJob(data: JobJson, jobId: string): Job {
    try {
      return super.createJob(data, jobId);
    } catch {
      return super.createJob({ ...data, data: 'null' }, jobId);
    }
  }

  protected override moveToActive(...args: Parameters<Worker['moveToActive']>): Promise<Job> {
    return this.#ask('fetch', () => super.moveToActive(...args));
  }

  override extendJobLocks(...args: Parameters<Worker['extendJobLocks']>): Promise<string[]> {
    return this.#ask('locks', () => super.extendJobLocks(...args));
  }

  protected override async handleCompleted(...args: Parameters<Worker['handleCompleted']>): Promise<Job> {
    const asked = { asker: 'finish', queue: this.name, signal: this.#ending.signal } as const;
    return await insist(this.#refusals, asked, () => super.handleCompleted(...args));
  }

  /**
   * A job that the server does not take back is no failure of the job: its lock runs out, and it is taken
   * again.
   */
  protected override async handleFailed(...args: Parameters<Worker['handleFailed']>): Promise<Job> {
    const [thrown] = args;
    if (hasGoneBack(thrown)) return await super.handleFailed(...args);
    const refused = async (error: unknown) => {
      await this.#pause(this.#refusals.met('finish', error, this.name));
      return undefined as unknown as Job; // BullMQ's word for: no next job
    };
    if (isAnswer(thrown)) return await refused(thrown);
    try {
      const next = await super.handleFailed(...args);
      this.#refusals.well('finish', this.name);
      return next;
    } catch (error) {
      if (!isAnswer(error)) throw error;
      return await refused(error);
    }
  }

  override close(force?: boolean): Promise<void> {
    this.#ending.abort();
    return super.close(force);
  }

  /**
   * Ends what `close()` leaves behind when Redis is away, where it waits for ever: timers and the connection
   * for waiting.
   */
  abandon(): void {
    this.#ending.abort();
    void this.lockManager.close();
    // Ends its timer for stalled jobs, which alone would keep the process for half a minute.
    void this.pause(true);
    // One of them ends a connection that never came about, the other one that cannot say good-bye.
    this.backend.close(true).catch(() => {});
    this.backend.blockingClient?.then(
      (client) => client.disconnect(),
      () => {},
    );
  }

  /**
   * Asks; one that is refused pauses before its error goes on, so that whoever asks again at once does not.
   */
  async #ask<T>(asker: Asker, question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.#refusals.well(asker, this.name);
      return answer;
    } catch (error) {
      const pauseMs = this.#refusals.met(asker, error, this.name);
      // Renewing a lock later is no use.
      if (asker !== 'locks') await this.#pause(pauseMs);
      throw error;
    }
  }

  /**
   * Its commands wait in the client while it is not connected, and so never fail: that it is refused is told
   * here.
   */
  #watchWaiting(): void {
    const well = () => this.#refusals.well('connect', this.name);
    this.on('error', (error) => {
      // What others have met was told by them.
      if (isAnswer(error) && !this.#refusals.hasTold(error)) this.#refusals.met('connect', error, this.name);
    });
    this.backend.blockingClient?.then(
      (client) => {
        this.#waiting = client;
        well();
        client.on('ready', well);
      },
      () => {},
    );
  }

  #pause(ms: number): Promise<void> {
    return this.#refusals.pause(ms, this.#ending.signal);
  }
}

/** What BullMQ throws for a job that goes back to the queue: the server has taken it by then. */
function hasGoneBack(thrown: unknown): boolean {
  return thrown instanceof DelayedError || thrown instanceof WaitingChildrenError;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
