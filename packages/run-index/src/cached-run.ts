import { asVergerError, type Budget, type Clock, type Storage } from '@verger/core';
import { lookAtRun } from './run-look.ts';
import { bytesOf, type Depth, emptyRecords, type RunRecords } from './run-records.ts';

/** How long what is known serves all readers, milliseconds. */
export const FRESH_MS = 2_000;
/** A run in which nothing happens is looked at this often for the list. */
const QUIET_MS = 30_000;
/** A look that reads more new records than this says nothing of how long the next one takes. */
const MANY_RECORDS = 50;
/** A look may take this share of the time: storage that is slow, or holds many names, is asked less often. */
const LOOK_SHARE = 1 / 20;
const LONGEST_MS = 60_000;
const LOCAL_CALLS = 8;
const REMOTE_CALLS = 32;

/** How a run is read. */
export interface CachedRunOptions {
  readonly id: string;
  readonly store: Storage;
  readonly clock: Clock;
  readonly calls: Budget;
}

/** How many calls one storage gets at once. */
export function callsAtOnce({ remote }: Pick<Storage, 'remote'>): number {
  return remote === true ? REMOTE_CALLS : LOCAL_CALLS;
}

/** A run and what is known of it. Looks are shared by all viewers. */
export class CachedRun {
  readonly id: string;
  readonly location: string;
  readonly records: RunRecords;
  /** Why the last look failed, `E_CODE: sentence`; undefined when it did not. */
  error: string | undefined;
  /** When the last look that succeeded began, of the monotonic clock; undefined before the first. */
  lookedMs: number | undefined;
  /** When a page showed it last. */
  shownMs = 0;
  private readonly options: CachedRunOptions;
  private depth: Depth = 'row';
  private isExpired = false;
  private tookMs = 0;
  private endedMs = Number.NEGATIVE_INFINITY;
  private changedMs = 0;
  private known = '';
  private looking: { depth: Depth; ended: Promise<void> } | undefined;

  constructor(options: CachedRunOptions) {
    this.options = options;
    this.id = options.id;
    this.location = options.store.describe();
    this.records = emptyRecords(options.store);
  }

  /** True when a look has found that there is no run. */
  get isGone(): boolean {
    const { plan, newest, faults } = this.records;
    return this.lookedMs !== undefined && plan === undefined && newest === 0 && faults.size === 0;
  }

  /** True before the first look has ended, or has come as far as its commits. */
  get isUnread(): boolean {
    return this.lookedMs === undefined && this.error === undefined && this.records.reading === undefined;
  }

  /** Looks at the run unless what is known is fresh; one look at a time. Never throws: see `error`. */
  async look(depth: Depth): Promise<void> {
    const { looking } = this;
    if (looking !== undefined) {
      await looking.ended;
      if (!this.isExpired && (looking.depth === depth || looking.depth === 'page')) return;
      return await this.look(depth);
    }
    if (this.isFresh(depth)) return;
    const ended = this.lookNow(depth).finally(() => {
      this.looking = undefined;
    });
    this.looking = { depth, ended };
    await ended;
  }

  /** Makes the next look read storage, however fresh what is known is: the run was changed from here. */
  expire(): void {
    this.isExpired = true;
  }

  /** Drops the commits, to save memory; they are read again when the page of the run is opened. */
  drop(): void {
    const { records } = this;
    if (this.looking !== undefined || records.table === undefined) return;
    records.dropped = records.table.totals();
    records.table = undefined;
    records.completeAt = -1;
    this.depth = 'row';
  }

  private isFresh(depth: Depth): boolean {
    if (this.isExpired || (depth === 'page' && this.depth === 'row')) return false;
    const nowMs = this.options.clock.monotonicMs();
    const slow = Math.min(LONGEST_MS, this.tookMs / LOOK_SHARE);
    return nowMs - this.endedMs < Math.max(slow, depth === 'page' ? FRESH_MS : this.rowMs(nowMs));
  }

  /** The longer nothing has changed, the rarer a row of the list is looked at. */
  private rowMs(nowMs: number): number {
    if (this.records.success !== undefined) return QUIET_MS;
    return Math.min(QUIET_MS, Math.max(FRESH_MS, (nowMs - this.changedMs) / 20));
  }

  private async lookNow(depth: Depth): Promise<void> {
    const { clock, calls, store } = this.options;
    const startedMs = clock.monotonicMs();
    this.isExpired = false;
    let fresh = 0;
    try {
      fresh = await lookAtRun(this.records, { depth, calls, width: callsAtOnce(store) });
      this.error = undefined;
      this.lookedMs = startedMs;
      this.depth = depth;
    } catch (thrown) {
      const { code, message } = asVergerError(thrown);
      this.error = `${code}: ${message}`;
    }
    this.endedMs = clock.monotonicMs();
    this.tookMs = fresh > MANY_RECORDS ? 0 : this.endedMs - startedMs;
    this.noteChange();
  }

  private noteChange(): void {
    const { newest, table, failureCount, projected, success, cancelled } = this.records;
    const known = [newest, table?.committed, failureCount, projected.size, success?.epoch, cancelled].join();
    if (known === this.known) return;
    this.known = known;
    this.changedMs = this.endedMs;
  }

  /** Memory that it takes, roughly. */
  get bytes(): number {
    return bytesOf(this.records);
  }
}
