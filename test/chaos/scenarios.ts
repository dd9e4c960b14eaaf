import { setTimeout as pause } from 'node:timers/promises';
import type { RunningCli } from '@verger/testkit/cli';
import { until } from '@verger/testkit/processes';
import type { S3Fault } from '@verger/testkit/s3-proxy';
import { Redis } from 'ioredis';
import { mustHold } from '../faults/fault-case.ts';
import type { ChaosCluster, Kept } from './cluster.ts';

/** One case under way. */
export interface Case {
  readonly cluster: ChaosCluster;
  readonly name: string;
  readonly random: () => number;
  /** The coordinator that was started first. */
  readonly coordinator: RunningCli;
  /** Processes that this case has killed. */
  kills: number;
  /** Starts another coordinator with the same command; waited for as the first. */
  again(): RunningCli;
}

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** How often in the whole campaign. */
  readonly cases: number;
  disturb(own: Case): Promise<void>;
}

const hasEnded = ({ child }: RunningCli) => child.exitCode !== null || child.signalCode !== null;

/** Waits for a moment that the seed decides: so many commits, and some milliseconds more. */
async function moment({ cluster, name, random, coordinator }: Case): Promise<void> {
  const commits = Math.floor(random() * 9);
  await until(`${commits} commits of ${name}`, () => {
    return hasEnded(coordinator) || cluster.count(name, 'commits') >= commits;
  });
  await pause(random() * 300);
}

const anyOf = <T>(items: readonly T[], random: () => number): T =>
  items[Math.floor(random() * items.length)] as T;

async function kill(own: Case, kept: Kept): Promise<void> {
  const { pid } = kept;
  kept.kill('SIGKILL');
  own.kills += 1;
  await until('the killed process is replaced', () => kept.pid !== pid);
}

const killed = (name: string, pick: (own: Case) => Kept, times: number, cases: number): Scenario => ({
  name: `kill -9 of a ${name}`,
  what: `${times} times a run, at seeded moments`,
  cases,
  disturb: async (own) => {
    for (let time = 0; time < times; time += 1) {
      await moment(own);
      await kill(own, pick(own));
    }
  },
});

/** A share of all requests to S3 is spoilt from the start to the end of the run. */
const spoilt = (name: string, share: number, faults: readonly S3Fault[], cases: number): Scenario => ({
  name: `S3: ${name}`,
  what: `${Math.round(share * 100)} % of all requests`,
  cases,
  disturb: async ({ cluster, coordinator }) => {
    cluster.s3.set({ share, faults });
    await coordinator.ended;
    mustHold(cluster.s3.spoilt > 0, 'no request was spoilt');
    cluster.s3.set(null);
  },
});

async function withRedis<T>({ redis }: ChaosCluster, body: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  client.on('error', () => {});
  try {
    return await body(client);
  } finally {
    client.disconnect();
  }
}

/** `seconds`: how long the storage answers with nothing but 503. */
export function scenarios({ outageSeconds }: { outageSeconds: number }): readonly Scenario[] {
  return [
    killed('worker', ({ cluster, random }) => anyOf(cluster.workers, random), 4, 25),
    killed('reducer', ({ cluster, random }) => anyOf(cluster.reducers, random), 2, 20),
    {
      name: 'kill -9 of the attached coordinator',
      what: 'and the same command again, twice',
      cases: 20,
      disturb: async (own) => {
        let running = own.coordinator;
        for (let time = 0; time < 2; time += 1) {
          await moment({ ...own, coordinator: running });
          if (hasEnded(running)) return;
          running.child.kill('SIGKILL');
          own.kills += 1;
          await running.ended;
          running = own.again();
        }
      },
    },
    {
      name: 'kill -9 of everything',
      what: 'a worker, the reducer and the coordinator at once',
      cases: 10,
      disturb: async (own) => {
        await moment(own);
        own.coordinator.child.kill('SIGKILL');
        own.kills += 1;
        await Promise.all([
          kill(own, anyOf(own.cluster.workers, own.random)),
          kill(own, anyOf(own.cluster.reducers, own.random)),
        ]);
        await own.coordinator.ended;
        own.again();
      },
    },
    {
      name: 'FLUSHALL',
      what: 'once or twice a run',
      cases: 15,
      disturb: async (own) => {
        for (let time = 0; time < 1 + Math.round(own.random()); time += 1) {
          await moment(own);
          await withRedis(own.cluster, (client) => client.flushall());
        }
      },
    },
    ...([true, false] as const).map((keepData) => ({
      name: `Redis killed, started again ${keepData ? 'with' : 'without'} its AOF`,
      what: 'down for up to 2 s',
      cases: 10,
      disturb: async (own: Case) => {
        await moment(own);
        await own.cluster.redis.kill();
        await pause(own.random() * 2000);
        await own.cluster.redis.restart({ keepData });
      },
    })),
    {
      name: 'SIGSTOP of a worker past its lock',
      what: 'SIGCONT after another has committed what it held',
      cases: 10,
      disturb: async (own) => {
        await moment(own);
        const worker = anyOf(own.cluster.workers, own.random);
        worker.kill('SIGSTOP');
        await pause(5000);
        worker.kill('SIGCONT');
      },
    },
    {
      name: 'SIGTERM of a worker, Redis down',
      what: 'it ends within its grace of 2 s and 2 s more',
      cases: 6,
      disturb: async (own) => {
        await moment(own);
        const worker = anyOf(own.cluster.workers, own.random);
        await own.cluster.redis.kill();
        const { ended } = worker;
        const began = performance.now();
        worker.kill('SIGTERM');
        await ended;
        const took = performance.now() - began;
        await own.cluster.redis.restart({ keepData: true });
        mustHold(took < 5000, `it took ${Math.round(took)} ms`);
      },
    },
    {
      name: 'two coordinators at once',
      what: 'the same command twice',
      cases: 10,
      disturb: async (own) => {
        await pause(own.random() * 2000);
        own.again();
      },
    },
    {
      name: 'one job given to two workers',
      what: 'the locks of all jobs are deleted while they are held',
      cases: 10,
      disturb: async (own) => {
        await moment(own);
        await withRedis(own.cluster, async (client) => {
          const locks = await client.keys('verger:verger-*:*:lock');
          if (locks.length > 0) await client.del(...locks);
        });
      },
    },
    spoilt('some errors', 0.2, ['slow-down', 'internal-error'], 6),
    spoilt('many errors', 0.5, ['slow-down', 'internal-error'], 4),
    {
      name: 'S3: nothing but 503',
      what: `for ${outageSeconds} s`,
      cases: 2,
      disturb: async (own) => {
        await moment(own);
        own.cluster.s3.set({ share: 1, faults: ['slow-down'] });
        await pause(outageSeconds * 1000);
        own.cluster.s3.set(null);
      },
    },
    spoilt('bodies cut', 0.1, ['cut-body'], 5),
    spoilt('connections reset', 0.2, ['reset'], 5),
    spoilt('lost answers', 0.1, ['lost'], 8),
    spoilt('stalled answers and bodies', 0.01, ['stall', 'stall-body'], 3),
  ];
}
