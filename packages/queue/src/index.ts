/** BullMQ: names, payloads, flows, and the consumer of jobs. The only package that knows Redis. */
export { consume } from './consume.ts';
export { jobId, PROTOCOL, parsePayload } from './payload.ts';
export { openQueue } from './queue.ts';
export { readRedisUrl } from './redis-url.ts';
export { type Alive, type AliveFacts, type ConsumeOptions, type Consumer, type Counts, type JobKind, type JobPayload, type JobQueue, type JobState, type Outcome, type Priority, type QueueOptions, type Refused, type Role, type RunRef, type TakenJob } from './types.ts';
