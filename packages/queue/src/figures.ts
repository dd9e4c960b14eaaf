import type { Redis } from 'ioredis';
import { PRIORITY_NUMBERS, QUEUES, type QueueKey } from './names.ts';
import { infoFields } from './server-check.ts';

/** What a server says of its memory, bytes. */
export interface RedisMemory {
  readonly usedBytes: number;
  /** Its `maxmemory`; 0 for no limit. */
  readonly maxBytes: number;
}

/** When the job was added that waits for longest in each queue, epoch milliseconds; null when none waits. */
export type OldestWaiting = Readonly<Record<QueueKey, number | null>>;

/** A prioritized job's score is its number times this, plus a counter. */
const SCORES = 2 ** 32;

/**
 * The oldest of each priority is the first in its range of scores; a job that lost its worker is put back at
 * the right end of `wait`. KEYS: `wait` and `prioritized` of each queue; ARGV: what the keys of its jobs
 * start with, then the ranges.
 */
const SCRIPT = `
local queues = #KEYS / 2
local oldest = {}
for queue = 1, queues do
  local ids = redis.call('LRANGE', KEYS[2 * queue - 1], -1, -1)
  for at = queues + 1, #ARGV, 2 do
    local first = redis.call('ZRANGEBYSCORE', KEYS[2 * queue], ARGV[at], ARGV[at + 1], 'LIMIT', 0, 1)
    ids[#ids + 1] = first[1]
  end
  local time = ''
  for _, id in ipairs(ids) do
    local added = redis.call('HGET', ARGV[queue] .. id, 'timestamp')
    if added and (time == '' or tonumber(added) < tonumber(time)) then time = added end
  end
  oldest[queue] = time
end
return oldest`;

/** One command. Errors: of the client. */
export async function readOldestWaiting(client: Redis, prefix: string): Promise<OldestWaiting> {
  const keys = Object.keys(QUEUES) as QueueKey[];
  const heads = keys.map((key) => `${prefix}:${QUEUES[key]}:`);
  const ranges = PRIORITY_NUMBERS.flatMap((number) => [number * SCORES, `(${(number + 1) * SCORES}`]);
  const lists = heads.flatMap((head) => [`${head}wait`, `${head}prioritized`]);
  const answer = (await client.eval(SCRIPT, lists.length, ...lists, ...heads, ...ranges)) as string[];
  const times = keys.map((key, index) => [key, timeOf(answer[index])] as const);
  return Object.fromEntries(times) as OldestWaiting;
}

function timeOf(text: string | undefined): number | null {
  const time = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(time) ? time : null;
}

/** One command (`INFO memory`). What the server does not say is 0. Errors: of the client. */
export async function readMemory(client: Pick<Redis, 'info'>): Promise<RedisMemory> {
  const fields = infoFields(await client.info('memory'));
  const bytes = (name: string) => Number(fields.get(name) ?? 0) || 0;
  return { usedBytes: bytes('used_memory'), maxBytes: bytes('maxmemory') };
}
