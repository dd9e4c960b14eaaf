import { activityOf, isSameQueue } from '@verger/driver/runs';
import type { Stalled } from '@verger/report';
import type { RunFacts } from '@verger/run-index';
import type { QueueFacts } from './queue-watch.ts';

/**
 * Why nothing of a run can be done at present, as far as its queue or its process tells; null where it can.
 */
export function stalledOf({ state, step, epoch }: RunFacts, queue: QueueFacts | undefined): Stalled | null {
  if (state !== 'running' || epoch === undefined) return null;
  if (epoch.queue === undefined) return activityOf(epoch) === 'gone' ? 'nobody' : null;
  if (queue === undefined || !isSameQueue(queue.state.queue, epoch.queue)) return null;
  const { seen } = queue.state;
  if (seen === undefined) return 'redis';
  const isOfWorkers = step === 'extract' || step === 'project';
  return (isOfWorkers ? seen.workers : seen.reducers) === 0 ? 'nobody' : null;
}

/** The state of a run with its colour: of one on the dashboard's queue, also whether anybody works on it. */
export function stateLook(facts: RunFacts, queue: QueueFacts | undefined): Pick<RunFacts, 'words' | 'tone'> {
  const { words, tone, state, step, epoch } = facts;
  const isOurs = isSameQueue(queue?.state.queue, epoch?.queue);
  if (state !== 'running' || !isOurs) return { words, tone };
  const stalled = stalledOf(facts, queue);
  if (stalled === null) return { words: 'running on workers', tone };
  if (stalled === 'redis') return { words: 'waiting for Redis', tone: 'warn' };
  const who = step === 'extract' || step === 'project' ? 'workers' : 'a reducer';
  return { words: `waiting for ${who}`, tone: 'warn' };
}
