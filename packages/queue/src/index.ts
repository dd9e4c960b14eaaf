/** BullMQ: names, payloads, flows, and the consumer of jobs. The only package that knows Redis. */
export { consume } from './consume.ts';
export type { OldestWaiting, RedisMemory } from './figures.ts';
export { BEAT_MS } from './heartbeat.ts';
export { type Alive, type JobPayload, jobId, PROTOCOL, type Priority, type Role } from './payload.ts';
export { openQueue } from './queue.ts';
export { openQueueReader, type QueueReader, type QueueReaderOptions, type RedisTrouble } from './reader.ts';
export { readRedisUrl } from './redis-url.ts';
export type {
  ConsumeOptions,
  Consumer,
  Counts,
  JobQueue,
  JobState,
  Outcome,
  QueueOptions,
  Refused,
  RunRef,
  TakenJob,
} from './types.ts';
