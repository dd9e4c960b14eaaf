import { asVergerError, type Clock } from '@verger/core';
import type { QueueState } from '@verger/driver/runs';
import type { Alive } from '@verger/queue';

/** What a queue says, who is there, and which jobs are under way where it tells. */
export interface QueueAnswer extends QueueState {
  readonly alive?: readonly Alive[];
  /** Ids of jobs by kind. */
  readonly active?: { readonly extract: readonly string[]; readonly project: readonly string[] };
}

/** The queue of a dashboard, as pages ask it. */
export interface RunQueue {
  /** Takes at most 10 s. A server that refuses is in the answer, not thrown. */
  ask(): Promise<QueueAnswer>;
}

/** What the queue said last. */
export interface QueueFacts {
  readonly state: QueueAnswer;
  /** When it was asked, ISO 8601. */
  readonly at: string;
  /** Since when its server has not answered, or has answered with errors; ISO 8601. */
  readonly awaySince: string | undefined;
}

const FRESH_MS = 5_000;

/** Asks the queue at most every 5 s, once for all viewers. */
export class QueueWatch {
  /** What it said last; undefined before its first answer, and where no queue is named. */
  facts: QueueFacts | undefined;
  private readonly queue: RunQueue | undefined;
  private readonly clock: Clock;
  private askedMs = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(queue: RunQueue | undefined, clock: Clock) {
    this.queue = queue;
    this.clock = clock;
  }

  /** Asks, unless that was done just now. Never throws. */
  async look(): Promise<void> {
    const { queue } = this;
    if (queue === undefined) return;
    if (this.asking === undefined) {
      if (this.clock.monotonicMs() - this.askedMs < FRESH_MS) return;
      this.asking = this.ask(queue).finally(() => {
        this.asking = undefined;
        this.askedMs = this.clock.monotonicMs();
      });
    }
    await this.asking;
  }

  private async ask(queue: RunQueue): Promise<void> {
    const before = this.facts;
    const at = this.clock.now();
    const state = await queue.ask().catch((thrown: unknown): QueueAnswer => {
      const { code, message } = asVergerError(thrown);
      return { queue: before?.state.queue ?? '', error: { code, message } };
    });
    const awaySince = state.seen === undefined ? (before?.awaySince ?? this.clock.now()) : undefined;
    this.facts = { state, at, awaySince };
  }
}
