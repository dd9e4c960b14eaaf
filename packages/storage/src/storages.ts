import type { S3Options, Storage } from '@verger/core';
import type { OpenOptions } from './local/storage.ts';
import { openStorage } from './location.ts';
import { S3Connection } from './s3/connection.ts';
import { isS3Location } from './s3/place.ts';
import type { S3Tuning } from './s3/tuning.ts';

/** Opens the storages of a process; those on S3 share one client and its limits. */
export interface Storages {
  /** The storage at a folder or `s3://bucket/prefix`. Nothing is touched or loaded yet. Errors: E_USAGE. */
  open(location: string, options?: OpenOptions): Storage;
  /**
   * Loads what storages at these places will need, for none of them what any could: the AWS SDK stops a
   * process for a quarter of a second. Never throws: what is wrong with the settings is told by the first
   * use.
   */
  prepare(locations: readonly string[]): Promise<void>;
  /**
   * Who takes a line about each call that S3 lets wait for longer than a few seconds, in place of whoever
   * took it before.
   */
  onWait(listener: (text: string) => void): void;
  /** Ends the connections. Calls under way fail. */
  close(): Promise<void>;
}

/**
 * The storages of a process. `s3` says how S3 is reached; it is asked once, when the first storage there is
 * used, and what it throws is thrown there. The AWS SDK is loaded then, or by `prepare`, not before.
 */
export function createStorages(
  s3: () => Promise<S3Options>,
  options: { readonly tuning?: Partial<S3Tuning> } = {},
): Storages {
  const connection = new S3Connection(s3, options.tuning);
  return {
    open: (location, open) => openStorage(location, connection, open),
    prepare: async (locations) => {
      if (locations.length > 0 && !locations.some(isS3Location)) return;
      await connection.load().catch(() => undefined);
    },
    onWait: (listener) => {
      connection.waits.listener = listener;
    },
    close: async () => await connection.close(),
  };
}
