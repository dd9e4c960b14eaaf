import { type ImageRef, imageRefSchema, runLayout, type Storage } from '@verger/core';
import type { RunPlan } from '@verger/run-index';

/** The first line of a part is within so many bytes: a path has at most some thousands. */
const HEAD_BYTES = 64 * 1024;
/** A listing part that is larger is not searched. */
const MOST_PART_BYTES = 32 * 1024 * 1024;
/** Listing parts that are kept. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Finds images by their path in the listing of a run, whose parts are sorted by path in byte order. Keeps the
 * first path of each part that it has met, and the parts that were searched last. One per run.
 */
export class ListingSearch {
  readonly #store: Storage;
  readonly #plan: RunPlan;
  readonly #firsts = new Map<number, Buffer>();
  readonly #parts = new Map<number, Buffer>();

  constructor(store: Storage, plan: RunPlan) {
    this.#store = store;
    this.#plan = plan;
  }

  /**
   * The listed image of that path; undefined when the run has none, or its listing is damaged. Cost: a small read
   * for each halving of the parts, and one part; less when it is known. Errors: those of the storage.
   */
  async find(path: string): Promise<ImageRef | undefined> {
    const wanted = Buffer.from(path);
    let [low, high] = [0, this.#plan.partitions - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const first = await this.#first(middle);
      if (first === undefined) return undefined;
      if (first.compare(wanted) <= 0) low = middle;
      else high = middle - 1;
    }
    const part = await this.#part(low);
    return part === undefined ? undefined : findIn(part, wanted);
  }

  async #first(part: number): Promise<Buffer | undefined> {
    const known = this.#firsts.get(part);
    if (known !== undefined) return known;
    const read = await this.#store.read(this.#file(part), { range: { start: 0, end: HEAD_BYTES } });
    const bytes = read.status === 'read' ? Buffer.from(read.bytes) : Buffer.alloc(0);
    const path = imageIn(bytes, 0)?.path;
    if (path === undefined) return undefined;
    const first = Buffer.from(path);
    this.#firsts.set(part, first);
    return first;
  }

  async #part(part: number): Promise<Buffer | undefined> {
    const known = this.#parts.get(part);
    const read =
      known === undefined
        ? await this.#store.read(this.#file(part), { maxBytes: MOST_PART_BYTES })
        : undefined;
    const bytes = known ?? (read?.status === 'read' ? Buffer.from(read.bytes) : undefined);
    if (bytes === undefined) return undefined;
    this.#parts.delete(part);
    this.#parts.set(part, bytes);
    let kept = [...this.#parts.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const [oldest, { byteLength }] of this.#parts) {
      if (kept <= MOST_KEPT_BYTES || oldest === part) break;
      this.#parts.delete(oldest);
      kept -= byteLength;
    }
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
