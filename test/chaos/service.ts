/**
 * A worker or a reducer for the campaign: what `verger worker` starts, with locks of seconds instead of a
 * minute, so that what a killed process held is given to another within the campaign's time. Settings come as
 * JSON in the one argument.
 */
import { hostname } from 'node:os';
import { startReducer, startWorker } from '@verger/cluster';
import { createLogger, onShutdown, readEnvironment, readS3Options, systemClock } from '@verger/runtime';
import { createStorages } from '@verger/storage';

interface Settings {
  readonly role: 'worker' | 'reducer';
  readonly redisUrl: string;
  readonly prefix: string;
  readonly name: string;
  readonly cacheDir: string;
  readonly graceMs: number;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const storages = createStorages(async () =>
  readS3Options({ flags: {}, env: readEnvironment(), file: undefined }),
);
const logger = createLogger({ level: 'info', json: true });
const start = settings.role === 'worker' ? startWorker : startReducer;
const service = await start({
  ...settings,
  worker: { host: hostname(), pid: process.pid, name: settings.name },
  clock: systemClock,
  logger,
  processes: 1,
  childMemoryBytes: 2 ** 30,
  imageCpuSeconds: 60,
  allowRoots: [],
  health: null,
  openStorage: (location, open) => storages.open(location, open),
  watchdogMs: 60_000,
  lockMs: 3000,
  stalledIntervalMs: 1000,
});
onShutdown(async () => await service.close(settings.graceMs), { graceMs: settings.graceMs + 2000 });
await service.done;
await storages.close();
