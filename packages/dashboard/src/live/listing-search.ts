import { type ImageRef, imageRefSchema, runLayout, type Storage } from '@verger/core';
import type { RunPlan } from '@verger/run-index';

/** The first line of a part is within so many bytes: a path has at most some thousands. */
const HEAD_BYTES = 64 * 1024;
/** A listing part that is larger is not searched. */
const MOST_PART_BYTES = 32 * 1024 * 1024;
/** Listing parts that are kept, of all runs. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The listing parts that were searched last, of all runs together. */
export class ListingParts {
  readonly #parts = new Map<string, Buffer>();
  #bytes = 0;

  get(key: string): Buffer | undefined {
    const part = this.#parts.get(key);
    if (part === undefined) return undefined;
    this.#parts.delete(key);
    this.#parts.set(key, part);
    return part;
  }

  /** Keeps a part, in place of those that were searched longest ago. */
  set(key: string, part: Buffer): void {
    this.#bytes += part.byteLength - (this.#parts.get(key)?.byteLength ?? 0);
    this.#parts.delete(key);
    this.#parts.set(key, part);
    for (const [oldest, { byteLength }] of this.#parts) {
      if (this.#bytes <= MOST_KEPT_BYTES || oldest === key) break;
      this.#parts.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}

let searches = 0;

/**
 * Finds images by their path in the listing of a run, whose parts are sorted by path in byte order. Keeps the
 * first path of each part that it has met. One per run.
 */
export class ListingSearch {
  readonly #store: Storage;
  readonly #plan: RunPlan;
  readonly #firsts = new Map<number, Buffer>();
  readonly #parts: ListingParts;
  /** Of its parts among those of all runs. */
  readonly #own: string;

  constructor(store: Storage, plan: RunPlan, parts: ListingParts) {
    this.#store = store;
    this.#plan = plan;
    this.#parts = parts;
    searches += 1;
    this.#own = `${searches}`;
  }

  /**
   * The listed image of that path; undefined when the run has none, or its listing is damaged. Cost: a small
   * read for each halving of the parts, and one part; less when it is known. Errors: those of the storage.
   */
  async find(path: string, signal: AbortSignal): Promise<ImageRef | undefined> {
    const wanted = Buffer.from(path);
    let [low, high] = [0, this.#plan.partitions - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const first = await this.#first(middle, signal);
      if (first === undefined) return undefined;
      if (first.compare(wanted) <= 0) low = middle;
      else high = middle - 1;
    }
    const part = await this.#part(low, signal);
    return part === undefined ? undefined : findIn(part, wanted);
  }

  async #first(part: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const known = this.#firsts.get(part);
    if (known !== undefined) return known;
    const read = await this.#store.read(this.#file(part), { range: { start: 0, end: HEAD_BYTES }, signal });
    const bytes = read.status === 'read' ? Buffer.from(read.bytes) : Buffer.alloc(0);
    const path = imageIn(bytes, 0)?.path;
    if (path === undefined) return undefined;
    const first = Buffer.from(path);
    this.#firsts.set(part, first);
    return first;
  }

  async #part(part: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const key = `${this.#own} ${part}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const read = await this.#store.read(this.#file(part), { maxBytes: MOST_PART_BYTES, signal });
    if (read.status !== 'read') return undefined;
    const bytes = Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.byteLength);
    this.#parts.set(key, bytes);
    return bytes;
  }

  #file(part: number): string {
    return runLayout(this.#plan.manifest.partDigits).listing(part);
  }
}

/** Searches a part by halving its bytes: each guess goes back to the start of its line. */
function findIn(part: Buffer, wanted: Buffer): ImageRef | undefined {
  let [low, high] = [0, part.length];
  while (low < high) {
    const start = part.lastIndexOf(NEWLINE, Math.max(0, ((low + high) >> 1) - 1)) + 1;
    const at = Math.max(low, start);
    const image = imageIn(part, at);
    if (image === undefined) return undefined;
    const order = Buffer.from(image.path).compare(wanted);
    if (order === 0) return image;
    if (order < 0) low = endOf(part, at) + 1;
    else high = at;
  }
  return undefined;
}

function endOf(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(NEWLINE, at);
  return end < 0 ? bytes.length : end;
}

/** The image whose line begins there; undefined for a line that is none, or not whole. */
function imageIn(bytes: Buffer, at: number): ImageRef | undefined {
  const end = bytes.indexOf(NEWLINE, at);
  if (end < 0) return undefined;
  try {
    return imageRefSchema.safeParse(JSON.parse(bytes.toString('utf8', at, end))).data;
  } catch {
    return undefined;
  }
}
