import type { Logger } from '@verger/core';
import {
  disableTelemetry,
  type OptionName,
  proxiesOf,
  readEnvironment,
  readS3Options,
  resolveConfig,
} from '@verger/runtime';
import { createStorages } from '@verger/storage';
import type { Driver, DriverEvent, RunOptions } from './driver.ts';

/** Options by their names in verger.config.json. */
export type OptionValues = { readonly [Name in OptionName]?: unknown };

/** A driver, and what ends its connections. */
export interface OpenedDriver extends Driver {
  close(): Promise<void>;
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * A driver for a program of its own. `storage` says how S3 is reached (`s3Endpoint`, …); behind it are the
 * variables VERGER_S3_… and AWS' own variables and files, where credentials come from. Sets the variables
 * that keep native libraries from writing files of their own. Opens nothing yet; close it at the end.
 */
export function openDriver({
  emit = () => {},
  signal = new AbortController().signal,
  logger = silent,
  storage = {},
}: {
  readonly emit?: (event: DriverEvent) => void;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly storage?: OptionValues;
} = {}): OpenedDriver {
  disableTelemetry();
  const storages = createStorages(async () =>
    readS3Options({ flags: storage, env: readEnvironment(), file: undefined }),
  );
  storages.onWait((text) => emit({ type: 'run:notice', text }));
  const proxies = () => proxiesOf(readEnvironment());
  return { storages, logger, signal, emit, proxies, close: async () => await storages.close() };
}

/**
 * The options of a run: the values given, checked, and the defaults of the command line for all others.
 * Variables and configuration files are not read. Errors: one E_CONFIG that names every fault.
 */
export function resolveOptions(values: OptionValues): RunOptions {
  return resolveConfig({ flags: values, env: { HOME: readEnvironment()['HOME'] }, file: undefined });
}
