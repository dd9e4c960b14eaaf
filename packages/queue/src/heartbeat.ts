import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { CONNECT_MS, type Connection } from './connect.ts';
import { type Alive, type AliveNow, aliveSchema, PROTOCOL } from './payload.ts';
import { bounded } from './redis-errors.ts';
import type { Refusals } from './refusals.ts';
import type { Trouble } from './types.ts';

/** Between two heartbeats of a process, milliseconds. */
export const BEAT_MS = 5_000;
const ALIVE_MS = 15_000;

const setKey = (prefix: string) => `${prefix}:alive`;
const aliveKey = (prefix: string, member: string) => `${prefix}:alive:${member}`;

/** Says every 5 s that a process lives. */
export interface Heartbeat {
  /** When Redis last took a beat, epoch milliseconds. */
  readonly lastMs: number;
  /** No more beats; `forget` takes the process out at once, else it is gone after 15 s. */
  stop(): void;
  forget(): Promise<void>;
}

/** What a heartbeat tells of its process's troubles, and to whom it tells its own. */
export interface HeartbeatOptions {
  readonly refusals: Pick<Refusals, 'met' | 'well'>;
  trouble?(): Trouble | undefined;
  /** What the process does at present. */
  now?(): AliveNow;
}

/**
 * Beats `<prefix>:alive:<role>:<id>`, which lives for 15 s; its name is kept in the set `<prefix>:alive`. The
 * first beat is awaited. Errors: of that one, E_REDIS_….
 */
export async function startHeartbeat(
  { client, prefix, location }: Connection,
  facts: Omit<Alive, 'protocol' | 'ageMs' | keyof Trouble | keyof AliveNow>,
  { refusals, trouble = () => undefined, now: doing = () => ({}) }: HeartbeatOptions,
): Promise<Heartbeat> {
  const member = `${facts.role}:${randomUUID()}`;
  let lastMs = 0;
  let beating = false;
  const beat = async () => {
    // With the server away, beats would pile up in the client.
    if (beating || client.status !== 'ready') return;
    beating = true;
    const now = trouble();
    const told = now === undefined ? {} : { ...now, trouble: now.trouble.slice(0, 2000) };
    const value = JSON.stringify({ ...facts, ...doing(), protocol: PROTOCOL, ...told });
    try {
      await client.set(aliveKey(prefix, member), value, 'PX', ALIVE_MS);
      await client.sadd(setKey(prefix), member);
      lastMs = Date.now();
    } finally {
      beating = false;
    }
  };
  await bounded(beat(), { ms: CONNECT_MS, location });
  const timer = setInterval(() => {
    beat().then(
      () => refusals.well('heartbeat'),
      (error: unknown) => void refusals.met('heartbeat', error),
    );
  }, BEAT_MS);
  return {
    get lastMs() {
      return lastMs;
    },
    stop: () => clearInterval(timer),
    async forget() {
      if (client.status !== 'ready') return;
      await client.del(aliveKey(prefix, member));
      await client.srem(setKey(prefix), member);
    },
  };
}

/**
 * All live processes. What is no heartbeat is left out; names of the dead are taken out of the set, unless
 * `readOnly`. `withAge` also says how old each heartbeat is: one more command per process, in one round trip.
 */
export async function readAlive(
  client: Redis,
  prefix: string,
  { readOnly = false, withAge = false }: { readonly readOnly?: boolean; readonly withAge?: boolean } = {},
): Promise<Alive[]> {
  const members = await client.smembers(setKey(prefix));
  if (members.length === 0) return [];
  const keys = members.map((member) => aliveKey(prefix, member));
  const [values, left] = await Promise.all([
    client.mget(keys),
    withAge ? Promise.all(keys.map((key) => client.pttl(key))) : [],
  ]);
  const dead = members.filter((_, index) => values[index] === null);
  if (dead.length > 0 && !readOnly) await client.srem(setKey(prefix), ...dead);
  return values.flatMap((value, index) => {
    const parsed = aliveSchema.safeParse(parseJson(value ?? null));
    if (!parsed.success) return [];
    const leftMs = left[index] ?? -1;
    return leftMs < 0 ? [parsed.data] : [{ ...parsed.data, ageMs: Math.max(0, ALIVE_MS - leftMs) }];
  });
}

function parseJson(value: string | null): unknown {
  try {
    return value === null ? null : JSON.parse(value);
  } catch {
    return null;
  }
}
