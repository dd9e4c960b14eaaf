import { asVergerError, type Storage } from '@verger/core';
import { readImage } from '@verger/listing';
import type { CachedRun, RunPlan } from '@verger/run-index';
import { isInside, type Storages } from '@verger/storage';
import type { PageAnswer } from '../http/page.ts';
import { aborted, ByteTurns, releaseAfter } from './byte-turns.ts';
import { imageType } from './image-type.ts';
import { ListingParts, ListingSearch } from './listing-search.ts';

/** A larger image is not shown. */
export const MOST_SHOWN_BYTES = 8 * 1024 * 1024;
/** Images that are read at once: fewer than Node has threads for files, which a disk that hangs keeps. */
const AT_ONCE = 3;
/** Requests that wait for their turn; further ones are refused. */
const MOST_WAITING = 32;
/** A request that was not answered for so long is given up. */
const LIMIT_MS = 10_000;
/** Runs that are kept open for further images. */
const MOST_RUNS = 4;

/** An image is data, whatever is in it: nothing in it runs, loads or is framed. */
const POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";

interface Opened {
  readonly plan: RunPlan;
  readonly listing: ListingSearch;
  readonly images: Storage;
}

const BUSY: PageAnswer = {
  ...{ status: 503, type: 'text/plain; charset=utf-8', headers: { 'retry-after': '5' } },
  body: 'The image could not be read in time: its storage is slow, or too many are asked for.\n',
};

/** Whose images are shown. */
export interface ShownImages {
  /** Places whose images are shown: the dashboard's own, and those that the operator allows. */
  readonly roots: readonly string[];
  /** True where nobody but users of this machine can look: runs in folders show images of any place. */
  readonly isPrivate: boolean;
}

/** What images are read with. */
export interface RunImagesOptions extends ShownImages {
  readonly storages: Storages;
  /** Of all answers: held until they are sent. */
  readonly memory: ByteTurns;
  /** For tests: what ends a request. Default: 10 s. */
  readonly limit?: () => AbortSignal;
}

/** The images of runs, for those who look at their pages: those that a run has listed, and no other file. */
export class RunImages {
  readonly #options: RunImagesOptions;
  readonly #turns = new ByteTurns({ total: AT_ONCE, mostWaiting: MOST_WAITING });
  readonly #parts = new ListingParts();
  readonly #runs = new Map<string, Opened>();

  constructor(options: RunImagesOptions) {
    this.#options = options;
  }

  /**
   * The listed image of that path as it is now. Undefined where it cannot be shown: it is not of the run, is not
   * below a root, has gone or changed, may not be read, is too large, or is no JPEG, PNG, WebP, GIF or AVIF. 503
   * after 10 s, and where too many wait. Never throws for storage that refuses.
   */
  async image(run: CachedRun, path: string, gone: AbortSignal): Promise<PageAnswer | undefined> {
    const { limit = () => AbortSignal.timeout(LIMIT_MS) } = this.#options;
    const signal = AbortSignal.any([gone, limit()]);
    const turn = await this.#turns.take(1, signal);
    if (turn === undefined) return BUSY;
    // What cannot be called off keeps its turn: it keeps a thread as well.
    const read = this.#read(run, path, { gone, signal }).finally(turn.release);
    return await Promise.race([read, aborted(signal).then(() => BUSY)]);
  }

  async #read(
    run: CachedRun,
    path: string,
    { gone, signal }: { gone: AbortSignal; signal: AbortSignal },
  ): Promise<PageAnswer | undefined> {
    try {
      const opened = await this.#opened(run);
      const image = await opened?.listing.find(path, signal);
      if (opened === undefined || image === undefined || image.bytes > MOST_SHOWN_BYTES) return undefined;
      const held = await this.#options.memory.take(image.bytes, signal);
      if (held === undefined) return BUSY;
      releaseAfter(gone, held);
      const read = await readImage(opened.images, image, signal);
      const type = read.ok ? imageType(read.bytes) : undefined;
      if (!read.ok || type === undefined) return undefined;
      const headers = { 'content-security-policy': POLICY, 'cache-control': 'private, max-age=3600' };
      return { status: 200, type, body: read.bytes, headers };
    } catch (thrown) {
      if (signal.aborted) return BUSY;
      // A place that is gone, or that may not be read: the page shows a mark instead.
      if (asVergerError(thrown).code === 'E_INTERNAL') throw thrown;
      return undefined;
    }
  }

  async #opened(run: CachedRun): Promise<Opened | undefined> {
    const { plan, store } = run.records;
    if (plan === undefined) return undefined;
    const known = this.#runs.get(run.location);
    if (known?.plan === plan) return known;
    const { images, extraction } = plan.manifest;
    const within = await this.#boundsOf(run.location, images);
    if (within === undefined) return undefined;
    const opened: Opened = {
      plan,
      listing: new ListingSearch(store, plan, this.#parts),
      images: this.#options.storages.open(images, { follow: extraction.followLinks === true, within }),
    };
    this.#runs.delete(run.location);
    this.#runs.set(run.location, opened);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST_RUNS && oldest !== undefined) this.#runs.delete(oldest);
    return opened;
  }

  /**
   * What the images of a run may be read within, links resolved; empty for any place. Undefined: they are not
   * shown. Who writes a run's manifest names its images, and may not have shown what only this process may read.
   */
  async #boundsOf(location: string, images: string): Promise<readonly string[] | undefined> {
    const { roots, isPrivate, storages } = this.#options;
    if (location.startsWith('s3://') && !images.startsWith('s3://')) return undefined;
    if (isPrivate && !location.startsWith('s3://')) return [];
    for (const root of roots) {
      if (await isInside(images, root)) return roots.map((each) => storages.open(each).describe());
    }
    return undefined;
  }
}
