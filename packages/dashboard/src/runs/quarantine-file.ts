import { type Quarantined, quarantinedSchema, RUN_FILES, type Storage } from '@verger/core';

/** Images shown at most. */
const MOST_HITS = 100;
const WINDOW_BYTES = 1024 * 1024;
/** A search reads so much of the file at most. */
const MOST_BYTES = 64 * WINDOW_BYTES;
/** Searches whose results are kept. */
const MOST_KEPT = 50;

/** Images in quarantine that match. */
export interface QuarantineHits {
  readonly images: readonly Quarantined[];
  /** False where there may be more: after 100 hits, or 64 MiB. */
  readonly isWhole: boolean;
}

/**
 * The first 100 lines of `quarantine.jsonl` whose path, label, code or reason contains the words, in any case.
 * Cost: reads until there are 100, at most 64 MiB, 1 MiB at a time. A line that is damaged is passed over.
 * Errors: those of the storage.
 */
export async function searchQuarantine(store: Storage, words: string): Promise<QuarantineHits> {
  const wanted = words.toLowerCase();
  const raw = JSON.stringify(wanted).slice(1, -1);
  const images: Quarantined[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (let start = 0; start < MOST_BYTES; start += WINDOW_BYTES) {
    const part = await store.read(RUN_FILES.quarantine, { range: { start, end: start + WINDOW_BYTES } });
    if (part.status !== 'read') return { images, isWhole: start === 0 };
    const isLast = start + part.bytes.byteLength >= part.totalBytes;
    const bytes = Buffer.concat([rest, part.bytes]);
    const end = isLast ? bytes.length : bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '' || !line.toLowerCase().includes(raw)) continue;
      const image = imageOf(line);
      if (image === undefined || !matches(image, wanted)) continue;
      if (images.length === MOST_HITS) return { images, isWhole: false };
      images.push(image);
    }
    if (isLast) return { images, isWhole: true };
  }
  return { images, isWhole: false };
}

function imageOf(line: string): Quarantined | undefined {
  try {
    return quarantinedSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function matches({ path, label, code, reason }: Quarantined, wanted: string): boolean {
  return [path, label, code, reason].some((text) => text.toLowerCase().includes(wanted));
}

/** Searches, each made once while its run has the same `_SUCCESS`; shared by all viewers. */
export class QuarantineSearches {
  private readonly kept = new Map<string, Promise<QuarantineHits>>();

  /** `version` changes when the run's files may have. Errors: those of the storage, and then nothing is kept. */
  async search(store: Storage, version: string, words: string): Promise<QuarantineHits> {
    const key = JSON.stringify([store.describe(), version, words]);
    const known = this.kept.get(key) ?? searchQuarantine(store, words);
    this.kept.delete(key);
    this.kept.set(key, known);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    try {
      return await known;
    } catch (error) {
      this.kept.delete(key);
      throw error;
    }
  }
}
