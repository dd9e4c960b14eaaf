import { type Extractor, FEATURES, type ImageErrorCode, type IntegerGram, sha256 } from '@verger/core';
import { addRows, emptySums, prepareProjection } from '@verger/pca';
import { type Pool, PoolError } from '@verger/pool';
import { type Children, createChildren } from '@verger/stages';
import { type Arithmetic, arithmeticOf, createAnswer } from '../../stages/src/child/answer.ts';
import type { ChildKind, ChildRequest, ChildResponse } from '../../stages/src/child/protocol.ts';
import { FINGERPRINT } from './rows.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

/** Exact, and fast where most features are 0. */
const sparseGram: IntegerGram = async (rows, count, width) => {
  const products = new Float64Array((width * (width + 1)) / 2);
  for (let row = 0; row < count; row += 1) {
    const values = rows.subarray(row * width, (row + 1) * width);
    const places = [...values.keys()].filter((place) => values[place] !== 0);
    for (const [index, a] of places.entries()) {
      const start = a * width - (a * (a + 1)) / 2;
      for (const b of places.slice(index)) products[start + b]! += values[a]! * values[b]!;
    }
  }
  return products;
};

/** How many features of an image are not 0: one for each byte of a hash. */
const USED = 32;

/** The arithmetic of the features that are used: sums of 4 kB in place of 6.6 MB, and a model 32 wide. */
const narrowArithmetic: Arithmetic = {
  addUp: async ({ features, labels }) => {
    const sums = emptySums(USED);
    await addRows(sums, { features: narrowed(features), labels }, sparseGram);
    return sums;
  },
  prepareProjection: (model) => {
    const project = prepareProjection(model);
    return (features, count) => project(narrowed(features), count);
  },
};

/** The first 32 of each row of 1,280. */
function narrowed(features: Float32Array | Float64Array): Float32Array {
  const rows = features.length / FEATURES;
  const narrow = new Float32Array(rows * USED);
  for (let row = 0; row < rows; row += 1) {
    narrow.set(features.subarray(row * FEATURES, row * FEATURES + USED), row * USED);
  }
  return narrow;
}

/** What an image of these bytes gives: 32 numbers in [0, 6] from the bytes' hash, then 1,248 zeros. */
export function fakeFeatures(bytes: Uint8Array): Float32Array {
  const features = new Float32Array(FEATURES);
  const digest = Buffer.from(sha256(bytes), 'hex');
  for (const [index, byte] of digest.entries()) features[index] = (byte / 255) * 6;
  return features;
}

export interface FakeChildrenOptions {
  readonly processes?: number;
  readonly numericClass?: string;
  readonly fingerprint?: Extractor['fingerprint'];
  /**
   * Sums and models of all 1,280 features, as in a real run. Default: of the 32 that are not 0, which costs a
   * tenth.
   */
  readonly wide?: boolean;
  /** Before a child works on a request; what it throws is what the pool throws. */
  readonly before?: (request: ChildRequest) => void | Promise<void>;
}

/** Children whose work is the real one, on a trivial extractor, in this process. */
export interface FakeChildren extends Children {
  /** How often an image of this content was inferred. */
  inferred(content: string): number;
  /** How often a kind of request was made. */
  calls(kind: ChildKind): number;
  /** Contents of all images that were asked for, as often as they were. */
  readonly asked: readonly string[];
  /** Contents of the images that were asked for alone. */
  readonly alone: readonly string[];
  /** Lets images go on whose content begins with `HOLD`. */
  release(): void;
}

/** By the sums that went in and the options: a fit gives the same each time. */
const fits = new Map<string, ChildResponse>();

/**
 * An image's content says what becomes of it: `BAD:<code>` is not decoded, for that reason; `NAN…` has
 * features that are no numbers; `CRASH…` kills its child; `HOLD…` waits for `release`; anything else has
 * features. Requests and responses are copied, as between processes.
 */
export function fakeChildren(options: FakeChildrenOptions = {}): FakeChildren {
  const inferred = new Map<string, number>();
  const calls = new Map<ChildKind, number>();
  const asked: string[] = [];
  const alone: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const extractor = fakeExtractor(options, (content) => {
    inferred.set(content, (inferred.get(content) ?? 0) + 1);
  });

  function child(): Pool<ChildRequest, ChildResponse>['run'] {
    const work = createAnswer(extractor, options.wide === true ? arithmeticOf(sparseGram) : narrowArithmetic);
    return async (message, { signal } = {}) => {
      const request = structuredClone(message);
      calls.set(request.kind, (calls.get(request.kind) ?? 0) + 1);
      if (request.kind === 'images') asked.push(...request.images.map(text));
      const contents = request.kind === 'images' ? request.images.map(text) : [];
      if (contents.some((content) => content.startsWith('CRASH'))) throw new PoolError('crash');
      if (contents.some((content) => content.startsWith('HOLD'))) await orAborted(held, signal);
      await orAborted(Promise.resolve(options.before?.(request)), signal);
      if (request.kind !== 'fit') return structuredClone(await work(request));
      const key = JSON.stringify([sha256(request.sums), request.options]);
      const known = fits.get(key) ?? (await work(request));
      fits.set(key, known);
      return structuredClone(known);
    };
  }

  const shared = child();
  const { processes = 2 } = options;
  const pool: Pool<ChildRequest, ChildResponse> = {
    start: async () => {},
    renew: async () => {},
    run: async (request, run = {}) => {
      if (run.alone === true && request.kind === 'images') alone.push(...request.images.map(text));
      return await shared(request, run);
    },
    stats: () => ({ processes: 2, restarts: 0, pids: [], rssBytes: [] }),
    close: async () => {},
  };
  return {
    ...createChildren(pool, processes),
    inferred: (content) => inferred.get(content) ?? 0,
    calls: (kind) => calls.get(kind) ?? 0,
    asked,
    alone,
    release,
  };
}

function fakeExtractor(
  { fingerprint = FINGERPRINT, numericClass = 'fake' }: FakeChildrenOptions,
  onInfer: (content: string) => void,
): Extractor {
  return {
    fingerprint,
    numericClass,
    decode: async (bytes) => {
      const bad = /^BAD:(\w+)/.exec(text(bytes))?.[1];
      if (bad !== undefined) return { ok: false, code: bad as ImageErrorCode };
      if (bytes.length === 0) return { ok: false, code: 'E_IMG_EMPTY' };
      return { ok: true, pixels: bytes };
    },
    infer: async (pixels) => {
      onInfer(text(pixels));
      return text(pixels).startsWith('NAN')
        ? new Float32Array(FEATURES).fill(Number.NaN)
        : fakeFeatures(pixels);
    },
    close: async () => {},
  };
}

/** As a pool does: an abort ends the wait, not the work. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
