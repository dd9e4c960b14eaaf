import { FlowProducer, Queue } from 'bullmq';
import { type Connection, connect } from './connect.ts';
import { readAlive } from './heartbeat.ts';
import { QUEUES, queueOf } from './names.ts';
import { type JobKind, jobId } from './payload.ts';
import { bounded } from './redis-errors.ts';
import { ParentGone, type Producers, payloadOf, SLICE, submitStage } from './submit.ts';
import type { Counts, JobQueue, JobState, QueueOptions, RunRef } from './types.ts';

/** How long one question to Redis may take, milliseconds. */
const ANSWER_MS = 10_000;

/** Events that BullMQ keeps a queue: nothing here reads them. */
const MAX_EVENTS = 100;

/** A job that too many lost processes had taken: BullMQ's sentence. */
const STALLED = 'job stalled more than allowable limit';

/**
 * Connects and checks the server: reachable within 10 s, user accepted, version 6.2 or newer, evicting
 * nothing, rights. Errors: E_REDIS_UNREACHABLE, E_REDIS_AUTH, E_REDIS_VERSION, E_REDIS_POLICY,
 * E_REDIS_CLUSTER, E_REDIS_DENIED, E_REDIS_COMMAND, E_REDIS_REFUSED, E_REDIS_BUSY, E_REDIS_ANSWER, E_CONFIG.
 */
export async function openQueue(options: QueueOptions): Promise<JobQueue> {
  const connection = await connect(options, { patient: false });
  try {
    const made = producers(connection);
    // BullMQ's objects whose first connection fails never work: that is to be seen here.
    const ready = [made.flow, ...Object.values(made.queues)].map((part) => part.waitUntilReady());
    await bounded(Promise.all(ready), { ...connection, ms: ANSWER_MS });
    return jobQueue(connection, made);
  } catch (error) {
    connection.end();
    throw error;
  }
}

function producers({ client, prefix }: Connection): Producers {
  const make = (name: string) => {
    const queue = new Queue(name, {
      connection: client,
      prefix,
      streams: { events: { maxLen: MAX_EVENTS } },
    });
    queue.on('error', () => {}); // the commands say it
    return queue;
  };
  const flow = new FlowProducer({ connection: client, prefix });
  flow.on('error', () => {});
  const queues = {
    extract: make(QUEUES.extract),
    project: make(QUEUES.project),
    reduce: make(QUEUES.reduce),
  };
  return { client, queues, flow };
}

function jobQueue(connection: Connection, made: Producers): JobQueue {
  const { client, prefix, location } = connection;
  const { queues } = made;
  const ask = <T>(question: Promise<T>) => bounded(question, { ...connection, ms: ANSWER_MS });
  const state = async (run: RunRef, kind: JobKind, partition: number | null) =>
    stateOf(await queues[queueOf(kind)].getJobState(jobId({ ...run, kind, partition })));
  return {
    describe: () => location,
    async submit(run, stage, partitions) {
      const work = { stage, partitions, ask };
      try {
        await submitStage(made, run, work);
      } catch (error) {
        if (!(error instanceof ParentGone)) throw error;
        await submitStage(made, run, work);
      }
    },
    async states(run, kind, partitions) {
      const states = new Map<number, JobState>();
      for (let from = 0; from < partitions.length; from += SLICE) {
        const slice = partitions.slice(from, from + SLICE);
        const found = await ask(Promise.all(slice.map((index) => state(run, kind, index))));
        slice.forEach((index, place) => {
          states.set(index, found[place] ?? 'absent');
        });
      }
      return states;
    },
    async jobStates(run) {
      const both = [state(run, 'reduce', null), state(run, 'finish', null)] as const;
      const [reduce, finish] = await ask(Promise.all(both));
      return { reduce, finish };
    },
    async failedReason(run, kind, partition) {
      const queue = queues[queueOf(kind)];
      const id = jobId(payloadOf(run, kind, partition));
      const reason = await ask(client.hget(queue.toKey(id), 'failedReason'));
      if (reason === null) return undefined;
      return reason === STALLED ? `E_JOB_LOST: ${STALLED}` : reason;
    },
    async counts() {
      const counts = [countsOf(queues.extract), countsOf(queues.project), countsOf(queues.reduce)] as const;
      const [extract, project, reduce] = await ask(Promise.all(counts));
      return { extract, project, reduce };
    },
    alive: () => ask(readAlive(client, prefix)),
    close: async () => connection.end(),
  };
}

/** Numbers of jobs of one queue; one round trip. */
export async function countsOf(queue: Queue): Promise<Counts> {
  const kept = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const;
  const counts = await queue.getJobCounts(...kept);
  const { waiting = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
  return { waiting: waiting + prioritized, active, delayed, failed };
}

function stateOf(state: string): JobState {
  switch (state) {
    case 'waiting':
    case 'prioritized':
      return 'waiting';
    case 'waiting-children':
    case 'active':
    case 'delayed':
    case 'completed':
    case 'failed':
      return state;
    default:
      return 'absent';
  }
}
