/**
 * `npm run bench:queue`: 20,000 jobs of one run on a real Redis: how long it takes to submit them, to see
 * their states and to have them done, how long the client stalls, and what a waiting job takes of the server.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Consumer, consume, openQueue, type QueueOptions, type Role, type RunRef } from '@verger/queue';
import { startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';

const PARTITIONS = 20_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const run: RunRef = {
  location: 's3://bucket/verger/output/run',
  runId: '0123456789ab',
  epoch: 1,
  priority: 'normal',
};

const redis = await startRedis({ appendOnly: true, args: ['--appendfsync', 'everysec'] });
const client = new Redis(redis.url);
const options = (role: Role): QueueOptions => ({ url: redis.url, logger: silent, name: 'bench', role });
const queue = await openQueue(options('coordinator'));
const partitions = Array.from({ length: PARTITIONS }, (_, index) => index);
const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);

/** Seconds and the longest stall of this process, milliseconds. */
async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  delay.disable();
  const stall = { p99: Math.round(delay.percentile(99) / 1e6), max: Math.round(delay.max / 1e6) };
  console.log(`${what}: ${seconds.toFixed(2)} s, stall p99 ${stall.p99} ms, max ${stall.max} ms`);
  return result;
}

const empty = await used();
await measured('submit', () => queue.submit(run, 'extract', partitions));
console.log(`a waiting job: ${Math.round(((await used()) - empty) / PARTITIONS)} bytes of Redis`);
await measured('submit again', () => queue.submit(run, 'extract', partitions));
await measured('states', () => queue.states(run, 'extract', partitions));
const alive = { host: 'bench', pid: process.pid, cpu: '' };
const handle = async () => ({ done: true }) as const;
await measured('done, one worker of 4 and one reducer in this process', async () => {
  const work = { kinds: 'work', concurrency: { extract: 4, project: 1 }, handle, alive } as const;
  const reduce = { kinds: 'reduce', concurrency: { reduce: 1 }, handle, alive } as const;
  const consumers: Consumer[] = [
    await consume(options('worker'), work),
    await consume(options('reducer'), reduce),
  ];
  while ((await queue.jobStates(run)).reduce !== 'completed')
    await new Promise((done) => setTimeout(done, 50));
  await Promise.all(consumers.map((consumer) => consumer.close()));
});
console.log(`a finished job: ${Math.round(((await used()) - empty) / PARTITIONS)} bytes of Redis`);
await queue.close();
client.disconnect();
await redis.close();
