import { hostname } from 'node:os';
import type { WorkerRef } from '@verger/core';

/** This process in a run's records. */
export const thisWorker: WorkerRef = { host: hostname(), pid: process.pid, name: 'local' };
