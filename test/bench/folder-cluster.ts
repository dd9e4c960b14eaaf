/** A worker and a reducer of any built tree, on a Redis server and local folders. */
import { join } from 'node:path';
import { startCli } from '@verger/testkit/cli';
import { type ServiceProcess, serviceOf } from './cluster-site.ts';

export interface FolderCluster {
  /** The bin of the built tree. */
  readonly program: string;
  readonly redisUrl: string;
  /** The worker and the reducer may use nothing outside these folders. */
  readonly roots: readonly string[];
  /** Where their caches go. */
  readonly folder: string;
  /** Child processes of the worker. */
  readonly processes: number;
}

/** Starts one worker and one reducer, hands them to `work` once both take jobs, and stops them afterwards. */
export async function withFolderCluster<T>(
  { program, redisUrl, roots, folder, processes }: FolderCluster,
  work: (services: readonly ServiceProcess[]) => Promise<T>,
): Promise<T> {
  const started = (['worker', 'reducer'] as const).map((role) => {
    const words = [
      ...[role, '--redis', redisUrl, '--cache', join(folder, 'cache'), '--health', '127.0.0.1:0'],
      ...['--processes', String(role === 'worker' ? processes : 1)],
      ...roots.flatMap((root) => ['--allow-root', root]),
    ];
    return { role, running: startCli(words, { program }) };
  });
  try {
    const services = await Promise.all(started.map(({ role, running }) => serviceOf(running, role)));
    const result = await work(services);
    await Promise.all(services.map((service) => service.stop()));
    return result;
  } finally {
    for (const { running } of started) running.child.kill('SIGKILL');
    await Promise.all(started.map(({ running }) => running.ended));
  }
}
