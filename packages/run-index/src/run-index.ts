import {
  asVergerError,
  Budget,
  type Clock,
  forEachBounded,
  RUN_FILES,
  RUN_NAME,
  type Storage,
} from '@verger/core';
import { joinLocation, type Storages } from '@verger/storage';
import { CachedRun, callsAtOnce, FRESH_MS } from './cached-run.ts';

/** Memory of all that is known of runs. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A folder without a manifest is looked at again after this time. */
const NO_RUN_MS = 30_000;
const RUNS_AT_ONCE = 64;

/** Where runs are looked for. */
export interface RunIndexOptions {
  /** Output folders and s3:// prefixes, or runs themselves. */
  readonly places: readonly string[];
  readonly storages: Storages;
  readonly clock: Clock;
  /** For tests: 64 MiB if not given. */
  readonly mostBytes?: number;
}

/** A place that holds runs. */
export interface Place {
  /** Its number among the places, from 1. */
  readonly number: number;
  readonly location: string;
  readonly store: Storage;
  readonly calls: Budget;
  readonly runs: Map<string, CachedRun>;
  /** Folders that hold no run, and when that was seen. */
  readonly noRuns: Map<string, number>;
  /** Why the last list failed, `E_CODE: sentence`. */
  error: string | undefined;
  /** Since when it is listed, of the monotonic clock; undefined when no list is under way. */
  listingSinceMs: number | undefined;
  listed: boolean;
  listedMs: number;
  listing: Promise<void> | undefined;
}

/** The runs of all places. What is read is kept, up to 64 MiB; looks are shared by all viewers. */
export class RunIndex {
  readonly places: readonly Place[];
  private readonly options: RunIndexOptions;

  /** Errors: E_USAGE for a place that is misspelt. */
  constructor(options: RunIndexOptions) {
    this.options = options;
    const stores = options.places.map((place) => options.storages.open(place));
    const once = new Map(stores.map((store) => [store.describe(), store]));
    this.places = [...once].map(([location, store], index) => ({
      ...{ number: index + 1, location, store, calls: new Budget(callsAtOnce(store)) },
      ...{ runs: new Map<string, CachedRun>(), noRuns: new Map<string, number>(), error: undefined },
      ...{ listingSinceMs: undefined, listed: false },
      ...{ listedMs: Number.NEGATIVE_INFINITY, listing: undefined },
    }));
  }

  /** Every run that is there, the newest submission first. */
  runs(): { place: Place; run: CachedRun }[] {
    const all = this.places.flatMap((place) => [...place.runs.values()].map((run) => ({ place, run })));
    const found = all.filter(({ run }) => !run.isGone && !run.isUnread);
    const at = ({ run: { records } }: (typeof found)[number]) => records.epochs.get(records.newest)?.at ?? '';
    return found.sort((a, b) => compare(at(b), at(a)) || compare(a.run.id, b.run.id));
  }

  /** Runs whose records are not read yet. */
  unread(): number {
    return this.all().filter((run) => run.isUnread).length;
  }

  /** True while more is being read than a look takes that finds nothing new. */
  get isReading(): boolean {
    const isListed = this.places.every(({ listed, error }) => listed || error !== undefined);
    return !isListed || this.all().some(({ isUnread, records }) => isUnread || records.reading !== undefined);
  }

  private all(): CachedRun[] {
    return this.places.flatMap(({ runs }) => [...runs.values()]);
  }

  /** Lists the places, and looks at each run of theirs, as far as what is known is not fresh. Never throws. */
  async look(): Promise<void> {
    await Promise.all(
      this.places.map(async (place) => {
        await this.list(place);
        await forEachBounded([...place.runs.values()], RUNS_AT_ONCE, async (run) => {
          await run.look('row');
          if (run.isGone) this.isNoRun(place, run.id);
        });
      }),
    );
    this.shrink();
  }

  /** The runs of that id, at most one per place, each looked at as deep as its page needs. Never throws. */
  async find(id: string): Promise<void> {
    if (!RUN_NAME.test(id)) return;
    await Promise.all(
      this.places.map(async (place) => {
        // Found by its name without a list, which may be long; a place that is a run itself is listed.
        const known = place.runs.get(id);
        const run = known ?? this.open(place, joinLocation(place.location, id), id);
        if (known === undefined) place.runs.set(id, run);
        await run.look('page');
        const isKnown = known !== undefined || run.records.plan !== undefined;
        // Whether there is such a run cannot be told: it is the place that does not answer.
        if (!isKnown && run.error !== undefined) place.error = run.error;
        if (run.isGone || (!isKnown && run.error !== undefined)) place.runs.delete(id);
        if (!run.isGone || place.listed) return;
        await this.list(place);
        await place.runs.get(id)?.look('page');
      }),
    );
    this.shrink(id);
  }

  /** The runs of that id, also those whose first look is under way. */
  found(id: string): { place: Place; run: CachedRun }[] {
    return this.places.flatMap((place) => {
      const run = place.runs.get(id);
      const isThere = run !== undefined && !run.isGone && (run.records.plan !== undefined || !run.isUnread);
      return isThere ? [{ place, run }] : [];
    });
  }

  private open({ calls }: Place, location: string, id: string): CachedRun {
    const { storages, clock } = this.options;
    return new CachedRun({ id, store: storages.open(location), clock, calls });
  }

  private isNoRun(place: Place, id: string): void {
    place.runs.delete(id);
    place.noRuns.set(id, this.options.clock.monotonicMs());
  }

  /** Lists a place unless that was done just now. */
  private async list(place: Place): Promise<void> {
    const { clock } = this.options;
    if (place.listing === undefined) {
      if (clock.monotonicMs() - place.listedMs < FRESH_MS) return;
      place.listingSinceMs = clock.monotonicMs();
      place.listing = this.listNow(place).finally(() => {
        place.listing = undefined;
        place.listingSinceMs = undefined;
        place.listedMs = clock.monotonicMs();
      });
    }
    await place.listing;
  }

  private async listNow(place: Place): Promise<void> {
    try {
      const { status } = await place.store.read(RUN_FILES.manifest, { lastBytes: 1 });
      if (status === 'read') this.oneRun(place);
      else await this.readNames(place);
      place.error = undefined;
      place.listed = true;
    } catch (thrown) {
      const { code, message } = asVergerError(thrown);
      place.error = `${code}: ${message}`;
    }
  }

  /** The place is a run itself. */
  private oneRun(place: Place): void {
    const id = place.location.slice(place.location.lastIndexOf('/') + 1);
    for (const other of place.runs.keys()) if (other !== id) place.runs.delete(other);
    if (!place.runs.has(id)) place.runs.set(id, this.open(place, place.location, id));
  }

  private async readNames(place: Place): Promise<void> {
    const names = new Set<string>();
    for await (const { key } of place.store.list({ shallow: true })) {
      const name = key.endsWith('/') ? key.slice(0, -1) : '';
      if (RUN_NAME.test(name)) names.add(name);
    }
    const nowMs = this.options.clock.monotonicMs();
    for (const id of place.runs.keys()) if (!names.has(id)) place.runs.delete(id);
    for (const id of place.noRuns.keys()) if (!names.has(id)) place.noRuns.delete(id);
    for (const id of names) {
      const seenMs = place.noRuns.get(id);
      if (place.runs.has(id) || (seenMs !== undefined && nowMs - seenMs < NO_RUN_MS)) continue;
      place.runs.set(id, this.open(place, joinLocation(place.location, id), id));
    }
  }

  /** Drops the commits of runs whose pages were shown longest ago, while there are too many bytes. */
  private shrink(keep?: string): void {
    const { mostBytes = MOST_BYTES } = this.options;
    const runs = this.runs().map(({ run }) => run);
    let bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
    for (const run of runs.sort((a, b) => a.shownMs - b.shownMs)) {
      if (bytes <= mostBytes) return;
      if (run.id === keep) continue;
      bytes -= run.bytes;
      run.drop();
      bytes += run.bytes;
    }
  }
}

/** An error of a place that only says that there is no folder yet. */
export function isMissing({ error }: Pick<Place, 'error'>): boolean {
  return error?.startsWith('E_INPUT_MISSING') === true;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
