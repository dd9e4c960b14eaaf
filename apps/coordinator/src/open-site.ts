import { type OperationalOptions, VergerError } from '@verger/core';
import type { ChildInit } from '@verger/pipeline';
import { openCluster } from './cluster.ts';
import type { CommandInput } from './command.ts';
import { startLocal } from './local.ts';
import type { Site } from './site.ts';

/** A site, and the queue that its epochs name: undefined where this process does the work. */
export type RunSite = Site & { readonly queue?: string | undefined };

/** What children begin with, and where the weights came from: workers are given the file. */
type SiteInit = ChildInit & { readonly origin?: string };

/** The cluster that --redis names, else this machine's children, which begin to start. Errors: E_REDIS_…; E_USAGE of `isDetached`. */
export async function openSite(
  input: CommandInput,
  operational: OperationalOptions,
  init: SiteInit | Promise<SiteInit>,
): Promise<RunSite> {
  const { logger, storages } = input;
  const { redis } = operational;
  // Thrown where it is awaited, unless something else ends the command before.
  if (init instanceof Promise) init.catch(() => {});
  isDetached(input, redis ?? undefined); // refused before anything is listed or written
  if (redis === null) return startLocal({ ...operational, init, logger });
  const { origin, fingerprint } = await init;
  const site = await openCluster({
    ...{ operational, redis, logger },
    output: storages.open(operational.output),
    network: origin === undefined ? null : { origin, fingerprint },
  });
  // A variable may have said it, and whoever gives the command not know.
  input.out.note(`on the workers of ${site.queue} (--redis or VERGER_REDIS_URL)`);
  return site;
}

/** True when `--detach` was said. Errors: E_USAGE for it and for `--strict` where there is no queue. */
export function isDetached({ flags }: CommandInput, queue: string | undefined): boolean {
  if (flags['strict'] === true && queue === undefined) {
    const detail = 'It is about workers: name their queue with --redis.';
    throw new VergerError('E_USAGE', { option: '--strict' }, { detail });
  }
  if (flags['detach'] !== true) return false;
  if (queue !== undefined) return true;
  const detail = 'Only workers go on without this process: name their queue with --redis.';
  throw new VergerError('E_USAGE', { option: '--detach' }, { detail });
}
