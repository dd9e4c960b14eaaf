import type { FlowJob, FlowProducer, JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { priorityOf, QUEUES } from './names.ts';
import { type JobKind, type JobPayload, jobId, PROTOCOL } from './payload.ts';
import type { RunRef } from './types.ts';

/** Jobs added in one go: about 30 ms of the client and 30 ms of the server. */
export const SLICE = 500;

/** What `submit` works with: the queues, and one producer for both sides of a flow. */
export interface Producers {
  readonly client: Redis;
  readonly queues: { readonly extract: Queue; readonly project: Queue; readonly reduce: Queue };
  readonly flow: FlowProducer;
}

/** A job was added whose parent is not there (any more): Redis was flushed in between. */
export class ParentGone extends Error {}

/** The payload of a job of that run. */
export function payloadOf(run: RunRef, kind: JobKind, partition: number | null): JobPayload {
  const { location, runId, epoch, priority } = run;
  return { protocol: PROTOCOL, location, runId, epoch, kind, partition, priority };
}

/**
 * Adds one stage's jobs below their parent, in slices; those that Redis knows already are left alone: to add
 * a failed one again would leave its parent waiting for ever. The parent may start before the last slice is
 * there: its handler asks the storage what is missing.
 */
export async function submitStage(
  { client, queues, flow }: Producers,
  run: RunRef,
  work: {
    readonly stage: 'extract' | 'project';
    readonly partitions: readonly number[];
    /** Bounds one question to Redis. */
    ask<T>(question: Promise<T>): Promise<T>;
  },
): Promise<void> {
  const { stage, partitions, ask } = work;
  const lead = stage === 'extract' ? 'reduce' : 'finish';
  const parentPayload = payloadOf(run, lead, null);
  const parent = { id: jobId(parentPayload), queue: queues.reduce.qualifiedName };
  let added = (await ask(knownOf(client, queues.reduce, [parent.id]))).has(parent.id);
  for (let from = 0; from < partitions.length || !added; from += SLICE) {
    const payloads = partitions.slice(from, from + SLICE).map((index) => payloadOf(run, stage, index));
    const ids = payloads.map((payload) => jobId(payload));
    const known = await ask(knownOf(client, queues[stage], ids));
    const children = payloads.filter((payload) => !known.has(jobId(payload))).map(childJob);
    if (!added) {
      await ask(flow.add(parentJob(parentPayload, children)));
      added = true;
    } else if (children.length > 0) {
      const below = children.map(({ name, data, opts }) => ({ name, data, opts: { ...opts, parent } }));
      const jobs = await ask(queues[stage].addBulk(below));
      if (jobs.some((job) => typeof job.id !== 'string')) throw new ParentGone();
    }
  }
}

/** Those of the ids that the queue knows, in whatever state. One round trip. */
async function knownOf(client: Redis, queue: Queue, ids: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(ids.map((id) => client.exists(queue.toKey(id))));
  return new Set(ids.filter((_, index) => found[index] === 1));
}

/**
 * Attempts are counted in the storage, not by BullMQ; nothing of this machine (stack traces) goes to Redis.
 */
function jobOptions(payload: JobPayload): JobsOptions & { jobId: string } {
  return { jobId: jobId(payload), priority: priorityOf(payload), attempts: 1, stackTraceLimit: 0 };
}

type ChildJob = { name: string; data: JobPayload; opts: JobsOptions & { jobId: string } };

function childJob(payload: JobPayload): ChildJob {
  return {
    name: payload.kind,
    data: payload,
    opts: { ...jobOptions(payload), ignoreDependencyOnFailure: true },
  };
}

function parentJob(payload: JobPayload, children: readonly ChildJob[]): FlowJob {
  return {
    name: payload.kind,
    queueName: QUEUES.reduce,
    data: payload,
    opts: jobOptions(payload),
    children: children.map(({ name, data, opts }) => ({
      name,
      data,
      opts,
      queueName: QUEUES[data.kind === 'project' ? 'project' : 'extract'],
    })),
  };
}
