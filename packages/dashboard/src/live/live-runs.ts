import type { Clock, Logger } from '@verger/core';
import type { CachedRun } from '@verger/run-index';
import type { StreamReader } from '../http/page.ts';
import type { QueueWatch } from '../runs/queue-watch.ts';
import { LiveRun } from './live-run.ts';

/** Runs whose last message is kept after their last reader has gone. */
const MOST_KEPT = 8;
/** Memory of those, where large ones are among them. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;

/** What follows runs. */
export interface LiveRunsOptions {
  readonly queue: QueueWatch;
  readonly clock: Clock;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  /** Looks at a run's storage as deep as its page needs. Never throws. */
  look(run: CachedRun): Promise<void>;
}

/** The runs that are followed: one poller each, whoever reads. */
export class LiveRuns {
  readonly #options: LiveRunsOptions;
  readonly #runs = new Map<string, LiveRun>();
  #isClosed = false;

  constructor(options: LiveRunsOptions) {
    this.#options = options;
  }

  /** Adds a reader to a run until its signal is aborted. */
  async join(run: CachedRun, reader: StreamReader, options: Parameters<LiveRun['join']>[1]): Promise<void> {
    if (this.#isClosed) return reader.end();
    await this.#of(run).join(reader, options);
  }

  /** Ends all readers. */
  close(): void {
    this.#isClosed = true;
    for (const live of this.#runs.values()) live.close();
    this.#runs.clear();
  }

  #of(run: CachedRun): LiveRun {
    const known = this.#runs.get(run.location);
    // The place was listed again without it, or another run was made there.
    const isSame = known?.run === run;
    if (known !== undefined && !isSame) known.close();
    const { look, ...rest } = this.#options;
    const live = isSame && known !== undefined ? known : new LiveRun({ ...rest, run, look: () => look(run) });
    this.#runs.delete(run.location);
    this.#runs.set(run.location, live);
    let bytes = [...this.#runs.values()].reduce((sum, other) => sum + (other.isUsed ? 0 : other.bytes), 0);
    for (const [location, other] of this.#runs) {
      if (this.#runs.size <= MOST_KEPT && bytes <= MOST_KEPT_BYTES) break;
      if (other.isUsed || other === live) continue;
      this.#runs.delete(location);
      bytes -= other.bytes;
    }
    return live;
  }
}
