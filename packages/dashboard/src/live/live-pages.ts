import type { Clock, Logger } from '@verger/core';
import type { CachedRun } from '@verger/run-index';
import type { Storages } from '@verger/storage';
import type { Answer, PageRequest } from '../http/page.ts';
import type { QueueWatch } from '../runs/queue-watch.ts';
import { aborted, ByteTurns } from './byte-turns.ts';
import { LiveRuns } from './live-runs.ts';
import { ResultFiles } from './result-files.ts';
import { RunImages, type ShownImages } from './run-images.ts';

/** Files and images that are read or sent, of all requests. A model may take all of it. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Requests that wait for memory; further ones are refused. */
const MOST_WAITING = 32;

/** A request waits so long for what is known of its run. */
const LOOK_MS = 5_000;

/** What a run has below its page. */
export const LIVE_PATHS = ['events', 'image', 'report.html', 'report-data', 'variance.json'] as const;
/** A path below the page of a run. */
export type LivePath = (typeof LIVE_PATHS)[number];

/** What the answers below the page of a run are made from. */
export interface LivePagesOptions {
  readonly storages: Storages;
  readonly images: ShownImages;
  readonly queue: QueueWatch;
  readonly clock: Clock;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  look(run: CachedRun): Promise<void>;
}

/** The stream of a run, and the files that its page shows. */
export class LivePages {
  readonly #runs: LiveRuns;
  readonly #files: ResultFiles;
  readonly #images: RunImages;
  readonly #look: LivePagesOptions['look'];

  constructor(options: LivePagesOptions) {
    this.#runs = new LiveRuns(options);
    this.#look = options.look;
    const memory = new ByteTurns({ total: MOST_BYTES, mostWaiting: MOST_WAITING });
    this.#files = new ResultFiles(memory);
    this.#images = new RunImages({ ...options.images, storages: options.storages, memory });
  }

  /** The answer for a path below the page of a run; undefined: it has none. Errors: those of the storage. */
  async answer(path: LivePath, run: CachedRun, request: PageRequest): Promise<Answer | undefined> {
    const { signal } = request;
    if (path === 'events') return this.#stream(run, request);
    // What a look under way finds counts, unless storage is too slow.
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
    await Promise.race([this.#look(run), aborted(limit)]);
    const { store, success } = run.records;
    switch (path) {
      case 'image':
        return await this.#images.image(run, request.query.get('path') ?? '', signal);
      // Of a run that is not finished, or no longer, it may be that of an earlier epoch, or half repaired.
      case 'report.html':
        return success && (await this.#files.report(store, signal));
      case 'report-data':
        return success && (await this.#files.reportData(store, signal));
      case 'variance.json':
        return await this.#files.variance(run.records, signal);
    }
  }

  /** Ends all streams. */
  close(): void {
    this.#runs.close();
  }

  #stream(run: CachedRun, { query, lastEventId, signal }: PageRequest): Answer {
    const options = {
      lastId: lastEventId ?? query.get('last') ?? undefined,
      once: query.has('once'),
      signal,
    };
    return {
      stream: (reader) => {
        this.#runs.join(run, reader, options).catch(() => reader.end());
      },
    };
  }
}
