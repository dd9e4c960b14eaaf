import { hostname } from 'node:os';
import type { OperationalOptions, WorkerRef } from '@verger/core';

/** This process in a run's records, when it does the work itself. */
export const thisWorker: WorkerRef = { host: hostname(), pid: process.pid, name: 'local' };

/** The name of this process in the queue and in records: the one given, else host and process number. */
export function workerName({ workerName: given }: Pick<OperationalOptions, 'workerName'>): string {
  return given ?? `${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`;
}
