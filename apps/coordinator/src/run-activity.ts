import { hostname } from 'node:os';
import type { RunState, WorkerRef } from '@verger/core';

/** What can be said from here of the process that works, or worked, on an epoch. */
export type Activity = 'alive' | 'gone' | 'elsewhere';

/** `alive` when a process of that number runs on this host, `gone` when none does, `elsewhere` when it was another host. */
export function activityOf({ host, pid }: WorkerRef): Activity {
  if (host !== hostname()) return 'elsewhere';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'alive';
  }
}

/** A run's state for a person. Storage cannot tell a run that runs from one that was killed; its process can, on its own host. */
export function stateWords(
  state: RunState,
  {
    epoch,
    verdict,
  }: { epoch: { readonly by: WorkerRef } | undefined; verdict: 'ok' | 'too-many-bad' | null },
): string {
  if (state === 'done') return verdict === 'too-many-bad' ? 'done, too many bad images' : 'done';
  if (state !== 'running') return state;
  const activity = epoch === undefined ? 'gone' : activityOf(epoch.by);
  return { alive: 'running', gone: 'stopped on the way', elsewhere: 'running, or stopped on the way' }[
    activity
  ];
}
