import type { Clock, Logger } from '@verger/core';
import type { CachedRun } from '@verger/run-index';
import type { Storages } from '@verger/storage';
import type { Answer, PageRequest } from '../http/page.ts';
import type { QueueWatch } from '../runs/queue-watch.ts';
import { LiveRuns } from './live-runs.ts';
import { ResultFiles } from './result-files.ts';
import { RunImages } from './run-images.ts';

/** What a run has below its page. */
export const LIVE_PATHS = ['events', 'image', 'report.html', 'report-data', 'variance.json'] as const;
/** A path below the page of a run. */
export type LivePath = (typeof LIVE_PATHS)[number];

/** What the answers below the page of a run are made from. */
export interface LivePagesOptions {
  readonly storages: Storages;
  readonly queue: QueueWatch;
  readonly clock: Clock;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  look(run: CachedRun): Promise<void>;
}

/** The stream of a run, and the files that its page shows. */
export class LivePages {
  readonly #runs: LiveRuns;
  readonly #files = new ResultFiles();
  readonly #images: RunImages;

  constructor(options: LivePagesOptions) {
    this.#runs = new LiveRuns(options);
    this.#images = new RunImages(options.storages);
  }

  /** The answer for a path below the page of a run; undefined: it has none. Errors: those of the storage. */
  async answer(path: LivePath, run: CachedRun, request: PageRequest): Promise<Answer | undefined> {
    const { store, success } = run.records;
    switch (path) {
      case 'events':
        return this.#stream(run, request);
      case 'image':
        return await this.#images.image(run, request.query.get('path') ?? '');
      // Of a run that is not finished, or no longer, it may be that of an earlier epoch, or half repaired.
      case 'report.html':
        return success && (await this.#files.report(store));
      case 'report-data':
        return success && (await this.#files.reportData(store));
      case 'variance.json':
        return await this.#files.variance(store);
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
