import {
  asVergerError,
  type Budget,
  commitSchema,
  type Epoch,
  epochFile,
  epochOf,
  epochSchema,
  failureSchema,
  forEachBounded,
  isFailureOf,
  manifestSchema,
  RUN_FILES,
  RUN_FOLDERS,
  reportSchema,
  runFileOf,
  runLayout,
  successSchema,
  VergerError,
} from '@verger/core';
import { answersEpoch, commitFault, readCancel, readRecord, readTimeline } from '@verger/run';
import { PartitionTable } from './partition-table.ts';
import {
  type Depth,
  forget,
  planOf,
  type RunPlan,
  type RunRecords,
  reportOf,
  successOf,
  tableOf,
} from './run-records.ts';
import { lookAtScaling } from './scaling-look.ts';
import { versionOf } from './version-of.ts';

/** Failure records that are read of one epoch; further ones are counted only. */
export const MOST_FAILURES = 2_000;

/** How a look reads. */
export interface LookOptions {
  readonly depth: Depth;
  /** Calls under way at once, shared by all looks at one place. */
  readonly calls: Budget;
  /** How many calls of this look at most. */
  readonly width: number;
}

/**
 * One look at a run's storage: reads what is new since the last, each record once. Records are filled in as
 * they come, so pages can be made meanwhile. Cost: of a finished run one list, else two to four and a small
 * read for each new record, of which it gives the number. Errors: those of the storage; damaged records are
 * kept in `faults`.
 */
export async function lookAtRun(records: RunRecords, options: LookOptions): Promise<number> {
  const look = new Look(records, options);
  await look.run();
  return look.fresh;
}

/** A look under way. */
class Look {
  private readonly records: RunRecords;
  private readonly options: LookOptions;
  private readonly faults = new Map<string, string>();
  /** Records that were read. */
  fresh = 0;

  constructor(records: RunRecords, options: LookOptions) {
    this.records = records;
    this.options = options;
  }

  async run(): Promise<void> {
    const { records, options } = this;
    await this.epochs();
    const plan = await this.plan();
    if (plan !== undefined) {
      await this.success(plan);
      const done = records.success !== undefined;
      if (options.depth === 'page' || !done) {
        await this.commits(plan);
        await this.failures();
        if (!done) await this.ending(plan);
      }
      if (options.depth === 'page') await this.derived();
    }
    records.faults = this.faults;
  }

  /** The newest epoch, the first, and the mark that cancels the newest. */
  private async epochs(): Promise<void> {
    const { records } = this;
    const versions = await this.list(RUN_FOLDERS.epochs);
    const first = versions.get(epochFile(1));
    // A run that was removed, or removed and made again: nothing that is known of it counts.
    if (records.firstVersion !== undefined && first !== records.firstVersion) forget(records);
    records.firstVersion = first;
    const newest = Math.max(0, ...[...versions.keys()].map((key) => epochOf(key) ?? 0));
    if (newest !== records.newest) {
      Object.assign(records, { newest, cancelled: false, failures: new Map(), report: undefined });
    }
    await this.epoch(1);
    await this.epoch(newest);
    const isDone = records.success !== undefined && records.successAt === newest;
    if (newest > 0 && !records.cancelled && !isDone) {
      const mark = await this.record(`cancel mark of epoch ${newest}`, () =>
        readCancel(records.store, newest),
      );
      records.cancelled = mark !== undefined;
    }
  }

  private async epoch(number: number): Promise<Epoch | undefined> {
    const { epochs, store, newest } = this.records;
    const known = epochs.get(number);
    if (known !== undefined || number < 1 || number > newest) return known;
    const file = epochFile(number);
    const epoch = await this.record(file, () => readRecord(store, file, epochSchema));
    if (epoch !== undefined) epochs.set(number, epoch);
    return epoch;
  }

  private async plan(): Promise<RunPlan | undefined> {
    const { records } = this;
    if (records.plan !== undefined) return records.plan;
    const file = RUN_FILES.manifest;
    const manifest = await this.record(file, () => readRecord(records.store, file, manifestSchema));
    records.plan = manifest && planOf(manifest);
    return records.plan;
  }

  /** `_SUCCESS` and the report, each until `_SUCCESS` is removed or replaced, or another epoch is opened. */
  private async success(plan: RunPlan): Promise<void> {
    const { records } = this;
    const { store, newest } = records;
    if (!(await this.isSuccessKnown())) {
      const file = RUN_FILES.success;
      // Asked first: what is replaced in between is read again by the next look.
      const version = await this.call(() => versionOf(store, file));
      const read = async () => await this.record(file, () => readRecord(store, file, successSchema));
      const there = version === undefined ? undefined : await read();
      const asked = await this.epoch(newest);
      const answered = there && (await this.epoch(there.epoch));
      const answers = there !== undefined && answersEpoch(there, asked, answered);
      const success = answers ? successOf(there, plan) : undefined;
      Object.assign(records, { success, successAt: newest, successVersion: version });
      Object.assign(records, { report: undefined, htmlReport: undefined });
    }
    if (records.success === undefined || records.report !== undefined) return;
    const file = RUN_FILES.report;
    const report = await this.record(file, () => readRecord(store, file, reportSchema));
    records.report = report && reportOf(report);
  }

  /**
   * Whether `_SUCCESS` is the one that is known. A repair removes it some time after it has opened its epoch,
   * and `verger rm` may stop halfway; a row of the list leaves the latter to the page.
   */
  private async isSuccessKnown(): Promise<boolean> {
    const { success, successAt, successVersion, newest } = this.records;
    if (success === undefined || successAt !== newest) return false;
    if (this.options.depth === 'row' && success.epoch === newest) return true;
    const version = await this.call(() => versionOf(this.records.store, RUN_FILES.success));
    return version === successVersion;
  }

  /** Commits that are new or replaced since the last look. */
  private async commits(plan: RunPlan): Promise<void> {
    const { records, options } = this;
    // Of a run whose table was dropped, the list of runs shows what was known then.
    if (options.depth === 'row' && records.dropped !== undefined) return;
    if (records.table !== undefined && records.completeAt === records.newest) return;
    if (await this.timeline(plan)) return;
    const table = tableOf(records, plan);
    const layout = runLayout(plan.manifest.partDigits);
    const listed = new Set<number>();
    const fresh: { partition: number; version: string }[] = [];
    for (const [key, version] of await this.list(RUN_FOLDERS.commits)) {
      const file = runFileOf(key, layout, plan.partitions);
      if (file?.kind !== 'commit' || file.number === null) continue;
      listed.add(file.number);
      if (!table.isKnown(file.number, version)) fresh.push({ partition: file.number, version });
    }
    table.keepOnly(listed);
    records.reading = { done: table.committed, total: listed.size };
    try {
      await forEachBounded(fresh, options.width, async ({ partition, version }) => {
        await this.commit(plan, partition, version);
        if (records.reading !== undefined) records.reading.done = table.committed;
      });
    } finally {
      records.reading = undefined;
    }
    records.dropped = undefined;
    if (table.committed === plan.partitions && !this.mayBeRepaired()) records.completeAt = records.newest;
  }

  /** Of a finished run: fills the table from its timeline. False where there is none that fits `_SUCCESS`. */
  private async timeline(plan: RunPlan): Promise<boolean> {
    const { records } = this;
    const { success, store, newest } = records;
    if (success === undefined) return false;
    const { manifest, images } = plan;
    const of = { identity: manifest.identity, epoch: success.epoch, images };
    const timeline = await this.call(() => readTimeline(store, of));
    if (timeline === undefined) return false;
    this.fresh += 1;
    records.table = new PartitionTable(plan.partitions);
    records.table.fill(timeline, success.parts);
    records.dropped = undefined;
    if (!this.mayBeRepaired()) records.completeAt = newest;
    return true;
  }

  /**
   * What pages show beside the run's own records: decisions of an autoscaler, and whether it has a report.
   */
  private async derived(): Promise<void> {
    const { records } = this;
    await lookAtScaling(records, (work) => this.call(work));
    if (records.success === undefined || records.htmlReport !== undefined) return;
    const version = await this.call(() => versionOf(records.store, RUN_FILES.htmlReport));
    records.htmlReport = version !== undefined;
  }

  /** True for an epoch whose repair may yet remove commits: until it has written `_SUCCESS`. */
  private mayBeRepaired(): boolean {
    const { epochs, newest, success } = this.records;
    return epochs.get(newest)?.cause === 'repair' && success?.epoch !== newest;
  }

  private async commit(plan: RunPlan, partition: number, version: string): Promise<void> {
    const file = runLayout(plan.manifest.partDigits).commit(partition);
    const commit = await this.record(file, () => readRecord(this.records.store, file, commitSchema));
    if (commit === undefined) return; // removed by a repair since
    const images = plan.images[partition] ?? 0;
    const { identity } = plan.manifest;
    const fault = commitFault({ identity, partitions: { [partition]: { images } } }, partition, commit);
    if (fault === undefined) tableOf(this.records, plan).set(commit, version);
    else this.faults.set(file, `E_RUN_CORRUPT: ${fault}`);
  }

  /** Failures of the newest epoch. */
  private async failures(): Promise<void> {
    const { records, options } = this;
    const { store, newest, success, failures } = records;
    if (success !== undefined && records.failuresAt === newest) return;
    const keys = [...(await this.list(RUN_FOLDERS.failures)).keys()].filter((key) =>
      isFailureOf(key, newest),
    );
    records.failureCount = keys.length;
    const fresh = keys.slice(0, MOST_FAILURES).filter((key) => !failures.has(key));
    await forEachBounded(fresh, options.width, async (key) => {
      const failure = await this.record(key, () => readRecord(store, key, failureSchema));
      if (failure !== undefined) failures.set(key, failure);
    });
    records.failuresAt = newest;
  }

  /** Of a run whose partitions are all committed: the model, and the projections that are there. */
  private async ending({ manifest, partitions }: RunPlan): Promise<void> {
    const { records } = this;
    if (records.table?.committed !== partitions) return;
    const { status } = await this.call(() => records.store.read(RUN_FILES.model, { lastBytes: 1 }));
    records.model = status === 'read';
    if (!records.model) return;
    const layout = runLayout(manifest.partDigits);
    const projected = new Set<number>();
    for (const key of (await this.list(RUN_FOLDERS.projection)).keys()) {
      const file = runFileOf(key, layout, partitions);
      if (file?.kind === 'projection' && file.number !== null) projected.add(file.number);
    }
    records.projected = projected;
  }

  /** Names of a folder with their versions. */
  private async list(prefix: string): Promise<Map<string, string>> {
    return await this.call(async () => {
      const versions = new Map<string, string>();
      try {
        for await (const { key, version } of this.records.store.list({ prefix })) versions.set(key, version);
      } catch (error) {
        // The folder of the run is gone.
        if (!(error instanceof VergerError) || error.code !== 'E_INPUT_MISSING') throw error;
      }
      return versions;
    });
  }

  /** A record; undefined, with its fault noted, when it is damaged. */
  private async record<T>(name: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      const record = await this.call(read);
      if (record !== undefined) this.fresh += 1;
      return record;
    } catch (error) {
      const { code, message } = asVergerError(error);
      if (code !== 'E_RUN_CORRUPT') throw error;
      this.faults.set(name, `${code}: ${message}`);
      return undefined;
    }
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.options.calls.take(1);
    try {
      return await work();
    } finally {
      release();
    }
  }
}
