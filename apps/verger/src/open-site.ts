import { type OperationalOptions, VergerError } from '@verger/core';
import type { ChildInit } from '@verger/stages';
import type { CommandInput } from './cli/command.ts';
import { openCluster } from './cluster.ts';
import { startLocal } from './local.ts';
import type { Site } from './site.ts';

/** A site, and the queue that its epochs name: undefined where this process does the work. */
export type RunSite = Site & { readonly queue?: string | undefined };

/** What children begin with, and where the weights came from: workers are given the file. */
type SiteInit = ChildInit & { readonly origin?: string };

/** The cluster that --redis names, else this machine's children, which begin to start. Errors: E_REDIS_…; E_USAGE of `checkClusterFlags`. */
export async function openSite(
  input: CommandInput,
  operational: OperationalOptions,
  init: SiteInit | Promise<SiteInit>,
): Promise<RunSite> {
  const { logger, storages } = input;
  const { redis } = operational;
  // Thrown where it is awaited, unless something else ends the command before.
  if (init instanceof Promise) init.catch(() => {});
  checkClusterFlags(input, redis ?? undefined); // refused before anything is listed or written
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

const NEEDS_QUEUE = {
  strict: 'It is about workers: name their queue with --redis.',
  detach: 'Only workers go on without this process: name their queue with --redis.',
} as const;

/** Flags about workers make no sense without their queue. Errors: E_USAGE for `--strict` and `--detach`. */
export function checkClusterFlags({ flags }: CommandInput, queue: string | undefined): void {
  if (queue !== undefined) return;
  for (const [name, detail] of Object.entries(NEEDS_QUEUE))
    if (flags[name] === true) throw new VergerError('E_USAGE', { option: `--${name}` }, { detail });
}

/** True when `--detach` was said. Errors: those of `checkClusterFlags`. */
export function isDetached(input: CommandInput, queue: string | undefined): boolean {
  checkClusterFlags(input, queue);
  return input.flags['detach'] === true;
}
