import {
  asVergerError,
  type Logger,
  MOST_SCALING_DECISIONS,
  RUN_FILES,
  type ScalingDecisionRecord,
  type Storage,
  scalingSchema,
  withSelfHash,
} from '@verger/core';
import { readRecord, recordBytes } from '@verger/run';
import type { Storages } from '@verger/storage';

/** Where the decisions are stored, and for whom they are made. */
export interface ScalingFilesOptions {
  readonly storages: Pick<Storages, 'open'>;
  readonly group: string | null;
  readonly logger: Logger;
}

/** Writes `scaling.json` into the runs that are under way. What fails is logged once, and stops nothing. */
export class ScalingFiles {
  private readonly options: ScalingFilesOptions;
  private readonly known = new Map<string, readonly ScalingDecisionRecord[]>();
  private told = '';

  constructor(options: ScalingFilesOptions) {
    this.options = options;
  }

  /**
   * Adds a decision to the runs at these locations; one that changed nothing, only to runs that have none
   * yet. Forgets all other runs. Two to five small requests per run that gets it.
   */
  async add(locations: readonly string[], decision: ScalingDecisionRecord): Promise<void> {
    for (const location of this.known.keys()) if (!locations.includes(location)) this.known.delete(location);
    const isChange = decision.fromVcpus !== decision.vcpus;
    for (const location of locations) {
      if (!isChange && this.known.has(location)) continue;
      try {
        await this.addTo(location, decision, isChange);
        this.told = '';
      } catch (thrown) {
        this.tell(location, thrown);
      }
    }
  }

  private async addTo(location: string, decision: ScalingDecisionRecord, isChange: boolean): Promise<void> {
    const store = this.options.storages.open(location);
    const before = this.known.get(location) ?? (await readDecisions(store));
    this.known.set(location, before);
    if (!isChange && before.length > 0) return;
    const decisions = [...before, decision].slice(-MOST_SCALING_DECISIONS);
    if (!(await isUnfinished(store))) return;
    const { group } = this.options;
    const record = withSelfHash({ format: 'verger-scaling-1' as const, group, decisions });
    await store.replace(RUN_FILES.scaling, recordBytes(record));
    this.known.set(location, decisions);
    // Removed meanwhile: it must not come back as a folder with this file alone.
    if (!(await isThere(store, RUN_FILES.manifest))) await store.remove(RUN_FILES.scaling);
  }

  private tell(location: string, thrown: unknown): void {
    const { code, message } = asVergerError(thrown);
    if (this.told === code) return;
    this.told = code;
    this.options.logger.warn({ location, code }, `the decision is not in the run: ${message}`);
  }
}

/** What an earlier process wrote; nothing where it is damaged. */
async function readDecisions(store: Storage): Promise<readonly ScalingDecisionRecord[]> {
  try {
    return (await readRecord(store, RUN_FILES.scaling, scalingSchema))?.decisions ?? [];
  } catch (thrown) {
    if (asVergerError(thrown).code === 'E_RUN_CORRUPT') return [];
    throw thrown;
  }
}

async function isUnfinished(store: Storage): Promise<boolean> {
  return (await isThere(store, RUN_FILES.manifest)) && !(await isThere(store, RUN_FILES.success));
}

async function isThere(store: Storage, file: string): Promise<boolean> {
  const { status } = await store.read(file, { lastBytes: 1 });
  return status === 'read';
}
