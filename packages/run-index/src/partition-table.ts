import { crc32 } from 'node:zlib';
import type { Commit, StoredFile, Timeline, WorkerRef } from '@verger/core';
import { FileColumn } from './file-column.ts';

/** What the commits of a run add up to. */
export interface RunTotals {
  readonly committed: number;
  readonly extracted: number;
  readonly quarantined: number;
  readonly reused: number;
}

/** Milliseconds over all commits by step, summed over images. */
export interface StepTimes {
  readonly readMs: number;
  readonly decodeMs: number;
  readonly inferenceMs: number;
  readonly encodeMs: number;
}

/** What the commit of one partition says. */
export interface PartitionRow {
  readonly extracted: number;
  readonly quarantined: number;
  readonly atMs: number;
  readonly wallMs: number;
  readonly epoch: number;
  readonly attempt: number;
  /** Name, host and process number. */
  readonly worker: string;
  readonly features: StoredFile | undefined;
  readonly sums: StoredFile | undefined;
}

/** Numbers of one committed partition. The object is used again for the next one. */
export interface RowNumbers {
  readonly extracted: number;
  readonly quarantined: number;
  readonly reused: number;
  readonly epoch: number;
  readonly attempt: number;
  /** Place in `workerRefs`. */
  readonly worker: number;
  readonly atMs: number;
  readonly wallMs: number;
  /** Of decode and inference, summed over images. */
  readonly childMs: number;
}

const STEPS = ['readMs', 'decodeMs', 'inferenceMs', 'encodeMs'] as const;
/** Of one partition, over all columns but those of files. */
const ROW_BYTES = 8 + 4 * 12 + 1;

/**
 * The commits of a run as columns, because a run may have many thousands: 130 bytes per partition, where the
 * records take 3 kB. A commit that was replaced by a repair has another version.
 */
export class PartitionTable {
  readonly partitions: number;
  private readonly there: Uint8Array;
  private readonly versions: Uint32Array;
  private readonly numbers: Record<'extracted' | 'quarantined' | 'reused' | 'epoch' | 'attempt', Uint32Array>;
  private readonly worker: Uint32Array;
  private readonly at: Float64Array;
  private readonly wall: Float32Array;
  private readonly steps: Record<(typeof STEPS)[number], Float32Array>;
  private files: Record<'features' | 'sums', FileColumn>;
  private readonly workers: string[] = [];
  private readonly refs: WorkerRef[] = [];
  private readonly workerOf = new Map<string, number>();
  private readonly badOf = new Map<number, Commit['quarantined']>();
  private count = 0;

  constructor(partitions: number) {
    const column = () => new Uint32Array(partitions);
    this.partitions = partitions;
    this.there = new Uint8Array(partitions);
    this.versions = column();
    this.numbers = {
      ...{ extracted: column(), quarantined: column(), reused: column() },
      ...{ epoch: column(), attempt: column() },
    };
    this.worker = column();
    this.at = new Float64Array(partitions);
    this.wall = new Float32Array(partitions);
    const step = () => new Float32Array(partitions);
    this.steps = { readMs: step(), decodeMs: step(), inferenceMs: step(), encodeMs: step() };
    this.files = { features: new FileColumn(partitions), sums: new FileColumn(partitions) };
  }

  /** Memory that the columns take. */
  get bytes(): number {
    const columns = this.partitions * ROW_BYTES + 2 * this.files.sums.bytes;
    return columns + this.badOf.size * 200 + this.workers.length * 100;
  }

  get committed(): number {
    return this.count;
  }

  has(partition: number): boolean {
    return this.there[partition] === 1;
  }

  /** True when the commit that is known is the one that the storage lists with this version. */
  isKnown(partition: number, version: string): boolean {
    return this.has(partition) && this.versions[partition] === crc32(version);
  }

  /** Records a commit, in place of an earlier one of its partition. */
  set(commit: Commit, version: string): void {
    const { partition: at, worker, timings, extracted, listed } = commit;
    this.count += this.has(at) ? 0 : 1;
    this.there[at] = 1;
    this.versions[at] = crc32(version);
    this.numbers.extracted[at] = extracted;
    this.numbers.quarantined[at] = listed - extracted;
    this.numbers.reused[at] = commit.reused ?? 0;
    this.numbers.epoch[at] = commit.epoch;
    this.numbers.attempt[at] = commit.attempt;
    this.worker[at] = this.workerNumber(worker);
    this.at[at] = Date.parse(commit.at);
    this.wall[at] = timings.wallMs;
    for (const step of STEPS) this.steps[step][at] = timings[step];
    this.files.features.set(at, commit.features);
    this.files.sums.set(at, commit.sums);
    if (listed > extracted) this.badOf.set(at, commit.quarantined);
    else this.badOf.delete(at);
  }

  /**
   * Records all commits as the timeline of a finished run has them, with the files that `_SUCCESS` names.
   * Errors: none; the timeline has as many partitions as the table.
   */
  fill(
    { originMs, workers, partitions, codes }: Timeline,
    files: Record<'features' | 'sums', FileColumn>,
  ): void {
    this.there.fill(1);
    this.count = this.partitions;
    const { extracted, quarantined, reused, epoch, attempt } = partitions;
    for (const [name, values] of Object.entries({ extracted, quarantined, reused, epoch, attempt })) {
      this.numbers[name as keyof typeof this.numbers].set(values);
    }
    const numbers = workers.map((worker) => this.workerNumber(worker));
    this.worker.set(partitions.worker.map((worker) => numbers[worker] ?? 0));
    this.at.set(partitions.endMs.map((endMs) => originMs + endMs));
    this.wall.set(partitions.wallMs);
    for (const step of STEPS) this.steps[step].set(partitions[step]);
    this.files = files;
    this.badOf.clear();
    for (const { partition, counts } of codes) this.badOf.set(partition, counts);
  }

  /** Forgets the commits of other partitions than these: a repair has removed them. */
  keepOnly(listed: ReadonlySet<number>): void {
    for (let partition = 0; partition < this.partitions; partition += 1) {
      if (!this.has(partition) || listed.has(partition)) continue;
      this.there[partition] = 0;
      this.badOf.delete(partition);
      this.count -= 1;
    }
  }

  row(partition: number): PartitionRow | undefined {
    if (!this.has(partition)) return undefined;
    const number = (column: Uint32Array) => column[partition] ?? 0;
    return {
      extracted: number(this.numbers.extracted),
      quarantined: number(this.numbers.quarantined),
      atMs: this.at[partition] ?? 0,
      wallMs: this.wall[partition] ?? 0,
      epoch: number(this.numbers.epoch),
      attempt: number(this.numbers.attempt),
      worker: this.workers[number(this.worker)] ?? '',
      features: this.files.features.get(partition),
      sums: this.files.sums.get(partition),
    };
  }

  /** Who committed: the processes, in the order in which they were met. */
  get workerRefs(): readonly WorkerRef[] {
    return this.refs;
  }

  /** Calls back for each committed partition, in order, without making an object of it. */
  each(visit: (at: number, row: RowNumbers) => void): void {
    const row: { -readonly [Name in keyof RowNumbers]: number } = {
      ...{ extracted: 0, quarantined: 0, reused: 0, epoch: 0, attempt: 0, worker: 0, atMs: 0, wallMs: 0 },
      childMs: 0,
    };
    const { numbers, steps } = this;
    for (let at = 0; at < this.partitions; at += 1) {
      if (this.there[at] !== 1) continue;
      row.extracted = numbers.extracted[at] ?? 0;
      row.quarantined = numbers.quarantined[at] ?? 0;
      row.reused = numbers.reused[at] ?? 0;
      row.epoch = numbers.epoch[at] ?? 0;
      row.attempt = numbers.attempt[at] ?? 0;
      row.worker = this.worker[at] ?? 0;
      row.atMs = this.at[at] ?? 0;
      row.wallMs = this.wall[at] ?? 0;
      row.childMs = (steps.decodeMs[at] ?? 0) + (steps.inferenceMs[at] ?? 0);
      visit(at, row);
    }
  }

  /** Numbers of the committed partitions. */
  totals(): RunTotals {
    const sum = (column: Uint32Array) => this.sum(column);
    const { extracted, quarantined, reused } = this.numbers;
    return {
      committed: this.count,
      ...{ extracted: sum(extracted), quarantined: sum(quarantined), reused: sum(reused) },
    };
  }

  /** Images in quarantine by code. */
  codes(): Map<string, number> {
    const codes = new Map<string, number>();
    for (const bad of this.badOf.values()) {
      for (const [code, count] of Object.entries(bad)) codes.set(code, (codes.get(code) ?? 0) + count);
    }
    return codes;
  }

  times(): StepTimes {
    const [readMs, decodeMs, inferenceMs, encodeMs] = STEPS.map((step) => this.sum(this.steps[step]));
    return {
      ...{ readMs: readMs ?? 0, decodeMs: decodeMs ?? 0 },
      ...{ inferenceMs: inferenceMs ?? 0, encodeMs: encodeMs ?? 0 },
    };
  }

  /** What was committed at that time or later: images (without reused ones), and by how many workers. */
  since(ms: number): { images: number; workers: number } {
    const workers = new Set<number>();
    let images = 0;
    for (let at = 0; at < this.partitions; at += 1) {
      if (!this.has(at) || !((this.at[at] ?? 0) >= ms)) continue;
      const { extracted, quarantined, reused } = this.numbers;
      images += (extracted[at] ?? 0) + (quarantined[at] ?? 0) - (reused[at] ?? 0);
      workers.add(this.worker[at] ?? 0);
    }
    return { images, workers: workers.size };
  }

  /**
   * What was committed at that time or later: all images, and the milliseconds that children were busy with
   * them (decode, inference, encode).
   */
  busySince(ms: number): { images: number; busyMs: number } {
    const { extracted, quarantined } = this.numbers;
    const { decodeMs, inferenceMs, encodeMs } = this.steps;
    let images = 0;
    let busyMs = 0;
    for (let at = 0; at < this.partitions; at += 1) {
      if (!this.has(at) || !((this.at[at] ?? 0) >= ms)) continue;
      images += (extracted[at] ?? 0) + (quarantined[at] ?? 0);
      busyMs += (decodeMs[at] ?? 0) + (inferenceMs[at] ?? 0) + (encodeMs[at] ?? 0);
    }
    return { images, busyMs };
  }

  /** How many files of a kind the commits name, and their bytes. */
  fileTotals(kind: 'features' | 'sums'): { files: number; bytes: number } {
    return this.files[kind].total();
  }

  /** When the newest commit was written; undefined before the first. */
  newestMs(): number | undefined {
    return this.most(this.at);
  }

  /** The longest that a partition took. */
  longestMs(): number | undefined {
    return this.most(this.wall);
  }

  private most(column: Float64Array | Float32Array): number | undefined {
    let most: number | undefined;
    for (let at = 0; at < this.partitions; at += 1) {
      const value = column[at] ?? 0;
      if (this.has(at) && (most === undefined || value > most)) most = value;
    }
    return most;
  }

  private sum(column: Uint32Array | Float32Array): number {
    let sum = 0;
    for (let at = 0; at < this.partitions; at += 1) if (this.has(at)) sum += column[at] ?? 0;
    return sum;
  }

  private workerNumber(worker: WorkerRef): number {
    const name = `${worker.name} on ${worker.host} (${worker.pid})`;
    const known = this.workerOf.get(name);
    if (known !== undefined) return known;
    this.workerOf.set(name, this.workers.length);
    this.refs.push(worker);
    return this.workers.push(name) - 1;
  }
}
