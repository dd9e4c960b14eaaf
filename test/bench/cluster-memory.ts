import { openQueue, type RunRef } from '@verger/queue';
import { startRedis } from '@verger/testkit/redis-server';
import { Redis } from 'ioredis';
import { type PartResult, verdictOf } from './cluster-verdict.ts';

const MOST_BYTES = 4000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** As long as a location may well be: it stands in every job. */
const RUN: RunRef = {
  location: 's3://a-bucket-of-results/projects/orchard/2026/0123456789ab',
  runId: '0123456789ab',
  epoch: 1,
  priority: 'normal',
};

/** What a waiting extract job takes of Redis, its share of the lead job and the events included. */
export async function memoryPart(jobs: number): Promise<PartResult> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const queue = await openQueue({ url: redis.url, logger: silent, name: 'bench', role: 'coordinator' });
  try {
    const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    const before = await used();
    const began = performance.now();
    const partitions = Array.from({ length: jobs }, (_, index) => index);
    await queue.submit(RUN, 'extract', partitions);
    const seconds = (performance.now() - began) / 1000;
    const bytes = Math.round(((await used()) - before) / jobs);
    return {
      text:
        `${jobs.toLocaleString('en-US')} jobs of one run that wait, submitted in ${seconds.toFixed(1)} s; ` +
        `a location of ${RUN.location.length} characters; used_memory before and after.`,
      verdicts: [verdictOf('Redis, per waiting job', bytes, { most: MOST_BYTES, unit: ' bytes' })],
    };
  } finally {
    await queue.close();
    client.disconnect();
    await redis.close();
  }
}
