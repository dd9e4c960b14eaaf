import {
  canonicalJson,
  type Epoch,
  epochFile,
  epochOf,
  epochSchema,
  type FinishOptions,
  fileError,
  type LeftOut,
  type Reuse,
  RUN_FOLDERS,
  type Storage,
  VergerError,
  type WorkerRef,
  withSelfHash,
} from '@verger/core';

import { readRecord, recordBytes } from './records.ts';

/** The number of the newest epoch, 0 when there is none. */
export async function newestEpoch(store: Storage): Promise<number> {
  let newest = 0;
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.epochs })) {
    newest = Math.max(newest, epochOf(key) ?? 0);
  }
  return newest;
}

/** The record of an epoch, by default of the newest; undefined where there is none. Errors: E_RUN_CORRUPT. */
export async function readEpoch(store: Storage, number?: number): Promise<Epoch | undefined> {
  const epoch = number ?? (await newestEpoch(store));
  return epoch === 0 ? undefined : await readRecord(store, epochFile(epoch), epochSchema);
}

/** Every epoch's record, the oldest first. Cost: one list and one small read each. Errors: E_RUN_CORRUPT. */
export async function readEpochs(store: Storage): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  for (let epoch = await newestEpoch(store); epoch > 0; epoch -= 1) {
    const record = await readEpoch(store, epoch);
    if (record !== undefined) epochs.unshift(record);
  }
  return epochs;
}

/**
 * What the newest listing of a run left out, of the epochs up to this one; undefined when none of them says.
 * A damaged record is passed over: finishing needs none but the newest. Cost: one small read per epoch until
 * one says it.
 */
export async function readLeftOut(store: Storage, newest: number): Promise<LeftOut | undefined> {
  for (let epoch = newest; epoch > 0; epoch -= 1) {
    const record = await readEpoch(store, epoch).catch((error: unknown) => {
      if (error instanceof VergerError && error.code === 'E_RUN_CORRUPT') return undefined;
      throw error;
    });
    if (record?.leftOut !== undefined) return record.leftOut;
  }
  return undefined;
}

/** The newest epoch's record. Errors: E_RUN_CORRUPT when there is none, so nobody submitted the run. */
export async function requireEpoch(store: Storage): Promise<Epoch> {
  const epoch = await readEpoch(store);
  if (epoch !== undefined) return epoch;
  throw fileError('E_RUN_CORRUPT', { store, file: RUN_FOLDERS.epochs }, 'It contains no epoch.');
}

/**
 * True when both ask for the same data files. Whether there is to be a page is left out: a finished run is
 * not opened again for that, and `verger report --html` makes one at any time.
 */
export function isSameFinish(one: FinishOptions | undefined, other: FinishOptions | undefined): boolean {
  const data = (finish: FinishOptions | undefined) => finish && { ...finish, htmlReport: undefined };
  return canonicalJson(data(one)) === canonicalJson(data(other));
}

/** What the finish step is to make: what is not asked for now is as it was asked for before. */
export function mergeFinish(
  earlier: FinishOptions | undefined,
  wanted: FinishOptions,
  given: { readonly csv: boolean; readonly maxBad: boolean; readonly htmlReport?: boolean } = {
    ...{ csv: wanted.csv, maxBad: true, htmlReport: true },
  },
): FinishOptions {
  if (earlier === undefined) return wanted;
  const { maxBad: _, htmlReport: __, ...csv } = given.csv ? wanted : earlier;
  const { htmlReport } = given.htmlReport === true ? wanted : earlier;
  return {
    ...csv,
    ...(htmlReport === undefined ? {} : { htmlReport }),
    maxBad: given.maxBad ? wanted.maxBad : earlier.maxBad,
  };
}

/** Opens the next epoch, create-only: of two submissions at once, each gets its own. */
export async function openEpoch(
  store: Storage,
  options: {
    cause: Epoch['cause'];
    finish: FinishOptions;
    by: WorkerRef;
    at: string;
    reuse?: Reuse | undefined;
    /** The queue that is to do it, for a person. */
    queue?: string | undefined;
    /**
     * Kept from the epoch before, once it was asked for: features of one numeric class stay so. Read from
     * that epoch where it is not given, not even as undefined.
     */
    strict?: true | undefined;
    /** Of a submission that listed. */
    leftOut?: LeftOut | undefined;
    /** When it should be done, ISO 8601 in UTC. */
    deadline?: string | undefined;
  },
): Promise<Epoch> {
  const { cause, finish, reuse, queue, leftOut, deadline, by, at } = options;
  const strict = 'strict' in options ? options.strict : (await readEpoch(store))?.strict;
  for (let epoch = (await newestEpoch(store)) + 1; ; epoch += 1) {
    const record: Epoch = withSelfHash({
      format: 'verger-epoch-1' as const,
      epoch,
      cause,
      finish,
      ...(reuse === undefined ? {} : { reuse }),
      ...(strict === undefined ? {} : { strict }),
      ...(queue === undefined ? {} : { queue }),
      ...(leftOut === undefined ? {} : { leftOut }),
      ...(deadline === undefined ? {} : { deadline }),
      by,
      at,
    });
    if ((await store.create(epochFile(epoch), recordBytes(record))) === 'created') return record;
  }
}
