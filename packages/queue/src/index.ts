/** BullMQ: names, payloads, flows, and the consumer of jobs. The only package that knows Redis. */
export { consume } from './consume.ts';
export { jobId, PROTOCOL, parsePayload } from './payload.ts';
export { openQueue } from './queue.ts';
export { readRedisUrl } from './redis-url.ts';
export type {
  Alive,
  AliveFacts,
  ConsumeOptions,
  Consumer,
  Counts,
  JobKind,
  JobPayload,
  JobQueue,
  JobState,
  Outcome,
  Priority,
  QueueOptions,
  Refused,
  Role,
  RunRef,
  TakenJob,
} from './types.ts';
