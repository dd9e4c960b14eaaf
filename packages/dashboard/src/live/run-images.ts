import { asVergerError, Budget, type Storage } from '@verger/core';
import { openImages } from '@verger/driver/runs';
import { readImage } from '@verger/listing';
import type { CachedRun, RunPlan } from '@verger/run-index';
import type { Storages } from '@verger/storage';
import type { PageAnswer } from '../http/page.ts';
import { imageType } from './image-type.ts';
import { ListingSearch } from './listing-search.ts';

/** A larger image is not shown. */
export const MOST_SHOWN_BYTES = 8 * 1024 * 1024;
/** Images that are read at once. */
const AT_ONCE = 4;
/** Runs whose listing is kept for further images. */
const MOST_RUNS = 4;

/** An image is data, whatever is in it: nothing in it runs, loads or is framed. */
const POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";

interface Opened {
  readonly plan: RunPlan;
  readonly listing: ListingSearch;
  readonly images: Storage;
}

/** The images of runs, for those who look at their pages: those that a run has listed, and no other file. */
export class RunImages {
  readonly #storages: Storages;
  readonly #turn = new Budget(AT_ONCE);
  readonly #runs = new Map<string, Opened>();

  constructor(storages: Storages) {
    this.#storages = storages;
  }

  /**
   * The listed image of that path as it is now. Undefined where it cannot be shown: it is not of the run, has
   * gone or changed, may not be read, is too large, or is no JPEG, PNG, WebP, GIF or AVIF. Never throws for
   * storage that refuses.
   */
  async image(run: CachedRun, path: string): Promise<PageAnswer | undefined> {
    const opened = this.#opened(run);
    if (opened === undefined) return undefined;
    const release = await this.#turn.take(1);
    try {
      const image = await opened.listing.find(path);
      if (image === undefined || image.bytes > MOST_SHOWN_BYTES) return undefined;
      const read = await readImage(opened.images, image);
      const type = read.ok ? imageType(read.bytes) : undefined;
      if (!read.ok || type === undefined) return undefined;
      const headers = { 'content-security-policy': POLICY, 'cache-control': 'private, max-age=3600' };
      return { status: 200, type, body: read.bytes, headers };
    } catch (thrown) {
      // A place that is gone, or that may not be read: the page shows a mark instead.
      if (asVergerError(thrown).code === 'E_INTERNAL') throw thrown;
      return undefined;
    } finally {
      release();
    }
  }

  #opened(run: CachedRun): Opened | undefined {
    const { plan, store } = run.records;
    if (plan === undefined) return undefined;
    const known = this.#runs.get(run.location);
    if (known?.plan === plan) return known;
    const { images, extraction } = plan.manifest;
    // Who may write a bucket may not have files of this machine shown.
    if (run.location.startsWith('s3://') && !images.startsWith('s3://')) return undefined;
    const opened: Opened = {
      plan,
      listing: new ListingSearch(store, plan),
      images: openImages({ storages: this.#storages }, { images, extraction }),
    };
    this.#runs.delete(run.location);
    this.#runs.set(run.location, opened);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST_RUNS && oldest !== undefined) this.#runs.delete(oldest);
    return opened;
  }
}
