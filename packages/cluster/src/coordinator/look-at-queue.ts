import { type Alive, type JobQueue, PROTOCOL } from '@verger/queue';

/** Who is at a queue, and what it holds of all runs together. */
export interface QueueSeen {
  /** Live ones that take our jobs. */
  readonly workers: number;
  readonly reducers: number;
  /** Jobs. */
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /**
   * Why jobs may be left: nobody is there, or who is there cannot work. A sentence each, without its full
   * stop.
   */
  readonly idle: readonly string[];
  /** Of `idle`: what processes that are there say of themselves. */
  readonly troubles: readonly string[];
}

/**
 * Asks a queue who is there. For the coordinator of one run (its location) the troubles that are about other
 * runs are left out. Two questions. Errors: E_REDIS_….
 */
export async function lookAtQueue(
  queue: Pick<JobQueue, 'alive' | 'counts'>,
  run?: string,
): Promise<QueueSeen> {
  const [all, { extract, project, reduce }] = await Promise.all([queue.alive(), queue.counts()]);
  const sum = (pick: 'waiting' | 'active' | 'delayed') => extract[pick] + project[pick] + reduce[pick];
  const alive = all.filter(({ protocol }) => protocol === PROTOCOL);
  const workers = alive.filter(({ role }) => role === 'worker').length;
  const reducers = alive.filter(({ role }) => role === 'reducer').length;
  const troubles = all.flatMap((process) => idleWords(process, run) ?? []);
  const idle = [
    ...(workers === 0 ? ['no worker is running: start `verger worker`'] : []),
    ...(reducers === 0 ? ['no reducer is running: start `verger reducer`'] : []),
    ...troubles,
  ];
  return {
    ...{ workers, reducers, idle, troubles },
    ...{ waiting: sum('waiting'), active: sum('active'), delayed: sum('delayed') },
  };
}

/** Why a process that is there takes no job of ours; undefined when it does. */
function idleWords(
  { role, name, host, protocol, trouble, troubleRun }: Alive,
  run: string | undefined,
): string | undefined {
  const who = `${role} ${name} on ${host}`;
  if (role !== 'coordinator' && protocol !== PROTOCOL)
    return `${who} runs another release: its protocol is ${protocol}, ours is ${PROTOCOL}`;
  if (trouble === undefined) return undefined;
  if (run !== undefined && troubleRun !== undefined && troubleRun !== run) return undefined;
  const on = troubleRun === undefined ? '' : ` on ${troubleRun}`;
  return `${who} cannot work${on}: ${trouble.replace(/\.$/, '')}`;
}
