import type { ImageErrorCode, VergerError } from './errors/errors.ts';
import type { DecodeLimits } from './options.ts';
import type { Fingerprint, Manifest, StageTimings } from './shapes.ts';

/**
 * Why a link is not what it leads to. `folder`: a folder, and links are not followed. `loop`: a folder that
 * this one is in. `repeat`: a folder that links have led to too often, or below too many links. `outside`: a
 * file out of the root. `nothing`: nothing, or what may not be looked at.
 */
export type LinkFault = 'folder' | 'loop' | 'repeat' | 'outside' | 'nothing';

/**
 * One object of a storage. `version` changes whenever the bytes may have: `etag:…` or `mtime:<nanoseconds>`.
 */
export interface StoredEntry {
  /** '/'-separated, relative to the storage's root. A shallow list gives folders as keys that end in '/'. */
  readonly key: string;
  readonly bytes: number;
  readonly version: string;
  /** Set for what must never be opened (a FIFO, a link out of the root, a name that is not UTF-8). */
  readonly refused?: ImageErrorCode;
  /** Set for a refused entry that is a link, or was reached by one. */
  readonly link?: LinkFault;
  /** Of a storage class whose bytes are given only after a restore. */
  readonly archived?: true;
}

/** What part of a storage is listed. */
export interface ListOptions {
  /** Only keys that start so. */
  readonly prefix?: string;
  /** Only direct children of the prefix; folders as keys that end in '/'. */
  readonly shallow?: boolean;
  /** Ends the list with its reason, also while a store lets it wait. Folders may go on to the next entry. */
  readonly signal?: AbortSignal | undefined;
}

/** What part of a file is read, and how much at most. */
export interface ReadOptions {
  /**
   * More bytes than this is an error (E_IMG_TOO_LARGE for images, E_STORAGE else is the caller's choice):
   * nothing over it is buffered.
   */
  readonly maxBytes?: number;
  /** Only the last bytes of the object (all of them when it is shorter). */
  readonly lastBytes?: number;
  /** Only these bytes, half-open, as far as the object reaches. Not together with `lastBytes`. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly signal?: AbortSignal;
}

/** A file, or the reason why it was not read. */
export type ReadResult =
  | {
      readonly status: 'read';
      readonly bytes: Uint8Array;
      readonly totalBytes: number;
      readonly version: string;
    }
  | { readonly status: 'missing' }
  /**
   * `reason`: what the system or the store said. `error`: of a store that has words, as an error of the call.
   */
  | { readonly status: 'forbidden'; readonly reason: string; readonly error?: VergerError }
  | { readonly status: 'refused'; readonly code: ImageErrorCode }
  | { readonly status: 'too-large'; readonly totalBytes: number };

/**
 * A folder or a bucket prefix. Keys are checked: no `..`, no leading '/', no NUL (E_STORAGE_KEY). Passes
 * `test/contract/storage.ts`. Errors: E_STORAGE for what may heal, E_OUTPUT_NOT_WRITABLE, E_OUTPUT_FULL and
 * E_S3_… for what does not, or not soon.
 */
export interface Storage {
  /** Set where each call waits for a network: many are then made at once. */
  readonly remote?: boolean;
  /** Set where symbolic links are followed out of the root: by a list that is not shallow, and by a read. */
  readonly followsLinks?: boolean;
  /** The absolute location, as a user would name it: `/data/out` or `s3://bucket/prefix`. No secrets. */
  describe(): string;
  /** Entries in byte order of the key. Streams; memory is one folder or one page. */
  list(options?: ListOptions): AsyncIterable<StoredEntry>;
  /** One object, whole or its end. Not found, forbidden and refused are values, not errors. */
  read(key: string, options?: ReadOptions): Promise<ReadResult>;
  /**
   * Creates the object whole or not at all, durably; `exists` when somebody was first, whose bytes then
   * stand.
   */
  create(key: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<'created' | 'exists'>;
  /** Writes the object whole, over an older one. For files outside the commit protocol (report.json). */
  replace(key: string, body: Uint8Array): Promise<void>;
  /** Removes the object; no error when it is not there. */
  remove(key: string): Promise<void>;
}

/** 224×224×3 bytes, RGB, row-major. */
export type Pixels = Uint8Array;

/** The pixels of an image, or the code of its quarantine. */
export type DecodeResult =
  | { readonly ok: true; readonly pixels: Pixels }
  | { readonly ok: false; readonly code: ImageErrorCode };

/** From the bytes of an image to its features, in this process. Passes `test/contract/extractor.ts`. */
export interface Extractor {
  readonly fingerprint: Fingerprint;
  /** Digest of release, engine version, architecture and the bits of the built-in probe images. */
  readonly numericClass: string;
  /** Of what computes the network: name and version. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Decodes and resizes, into `into` where it is given. A bad image is a value, never an error. */
  decode(bytes: Uint8Array, into?: Pixels, limits?: DecodeLimits): Promise<DecodeResult>;
  /** Features of one image: Float32Array [1280]. About 7 ms on one core. */
  infer(pixels: Pixels): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Exact Gram matrix of integers: `rows` is row-major [count, width] of integers <= 2^19 (just under 8 rounds
 * up to it), count <= 16,384, so every result is < 2^53. They are working memory: what they held is lost.
 * Gives the upper triangle of rowsᵀ·rows, row after row, each from its diagonal on: [width·(width + 1) / 2],
 * as in `Sums.products`.
 */
export type IntegerGram = (rows: Float64Array, count: number, width: number) => Promise<Float64Array>;

/** Another run whose features are to be taken where they are those of this run's images. */
export interface ReuseSource {
  readonly manifest: Manifest;
  readonly store: Storage;
  /**
   * A refit: its partitions are this run's, taken whole from any numeric class; what cannot be taken is an
   * error.
   */
  readonly whole: boolean;
}

/** A run that is open: its manifest, its own storage (rooted at the run folder) and that of its images. */
export interface Run {
  readonly manifest: Manifest;
  readonly store: Storage;
  readonly images: Storage;
  /** The newest epoch: what this submission belongs to. */
  readonly epoch: number;
  readonly reuse?: ReuseSource | undefined;
}

/** A stage of a run, in order. */
export type Stage = 'extract' | 'reduce' | 'project' | 'finish';

/**
 * What a watcher sees. `images:done` counts are to be added up; the first of them is what earlier epochs have
 * done.
 */
export type RunEvent =
  | { readonly type: 'stage:start'; readonly stage: Stage; readonly total: number; readonly done: number }
  | {
      readonly type: 'images:done';
      readonly extracted: number;
      readonly quarantined: number;
      /** Of `quarantined`, by code, where it is known. */
      readonly codes?: Readonly<Partial<Record<ImageErrorCode, number>>>;
      /** They were stored before this epoch's attempt: part of what is done, not of the speed. */
      readonly found?: true;
    }
  | { readonly type: 'partition:done'; readonly stage: 'extract' | 'project'; readonly partition: number }
  | {
      readonly type: 'attempt:failed';
      readonly stage: Stage;
      readonly partition: number | null;
      readonly attempt: number;
      readonly code: string;
      readonly reason: string;
      readonly path: string | null;
    }
  /**
   * In a worker or reducer: one try has ended. `ok`: the job is done. `timings`: of an extraction, by step.
   */
  | {
      readonly type: 'attempt:ended';
      readonly stage: Stage;
      readonly ok: boolean;
      readonly ms: number;
      readonly timings?: StageTimings;
    }
  /** A partition of the run to reuse that is not taken; its images are extracted. */
  | { readonly type: 'reuse:refused'; readonly partition: number; readonly reason: string }
  | { readonly type: 'stage:done'; readonly stage: Stage; readonly ms: number }
  /** Of a cluster: who is there, and how many jobs of all runs wait or are under way. */
  | {
      readonly type: 'cluster:seen';
      readonly workers: number;
      readonly reducers: number;
      readonly waiting: number;
      readonly active: number;
      /** Who is there and cannot work, a sentence each, without its full stop. */
      readonly troubles?: readonly string[];
    }
  /** Something a person wants to know that ends nothing: Redis is gone, a new epoch was opened. */
  | { readonly type: 'run:notice'; readonly text: string }
  | { readonly type: 'run:done'; readonly verdict: 'ok' | 'too-many-bad' };

/** Decides where stages run. Passes `test/contract/executor.ts`. */
export interface Executor {
  /** Begins the run's newest epoch; returns once it is accepted. */
  submit(run: Run): Promise<void>;
  /** Events until the run is done; throws the VergerError that ended it otherwise. */
  watch(run: Run): AsyncIterable<RunEvent>;
  /** Stops the run soon; what is committed stays. */
  cancel(run: Run): Promise<void>;
  close(): Promise<void>;
}

/** The one logger's shape. Fields first, as pino takes them. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The time, so that tests can set it. */
export interface Clock {
  /** Milliseconds of a monotonic clock. */
  monotonicMs(): number;
  /** The time of day, ISO 8601 in UTC. */
  now(): string;
}
