import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisedHashes } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';
import { type ClusterSite, type CoordinatedRun, forgetResult, type ServiceProcess } from './cluster-site.ts';

export const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';

/** sha256 of each promised file of a run. */
export type Hashes = Readonly<Record<string, string>>;

/** A run, what all processes of its cluster took (S3 and Redis apart), and its promised files. */
export interface MeasuredRun extends CoordinatedRun {
  readonly hashes: Hashes;
}

/** One process on this machine, one child, no server for its queue; `remote`: images and results on S3. */
export async function localRun(site: ClusterSite, name: string, remote = false): Promise<MeasuredRun> {
  const { images, outputs } = site;
  const [from, to] = remote ? [images.remote, 's3://results'] : [images.local, outputs];
  const run = await site.run([...words(from, to, name), '--processes', '1']);
  const folder = remote ? site.resultFolder(name) : join(outputs, name);
  const hashes = await promisedHashes(folder);
  await rm(folder, { recursive: true });
  return { ...run, hashes };
}

/**
 * So many new workers with one child each and a reducer, all on S3. `during` is given the workers while they
 * run.
 */
export async function clusterRun(
  site: ClusterSite,
  name: string,
  workers: number,
  during: (workers: readonly ServiceProcess[]) => Promise<void> = async () => {},
): Promise<MeasuredRun> {
  const names = Array.from({ length: workers }, (_, index) => `${name}-${index}`);
  const started = await Promise.all(names.map((one) => site.startService('worker', one)));
  const reducer = await site.startService('reducer', `${name}-reducer`);
  const services = [...started, reducer];
  try {
    // From here on: that these processes were started once is no matter of the run.
    const cpu = () => services.reduce((sum, service) => sum + service.cpuMs(), 0);
    const before = cpu();
    const running = site.run([...words(site.images.remote, 's3://results', name), '--redis', site.redis.url]);
    running.catch(() => {}); // thrown where it is awaited, below
    await during(started);
    const run = await running;
    const cpuMs = run.cpuMs + cpu() - before;
    const hashes = await promisedHashes(site.resultFolder(name));
    return { ...run, cpuMs, hashes };
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await forgetResult(site, name);
  }
}

function words(from: string, to: string, name: string): string[] {
  return ['run', from, '--output', to, '--name', name, '--weights', sharedFile(WEIGHTS)];
}

/** Names of the promised files that are not the same in both. */
export function differingFiles(one: Hashes, other: Hashes): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}
