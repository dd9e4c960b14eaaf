import { setTimeout as pause } from 'node:timers/promises';
import { markdownTable } from '@verger/testkit/built';
import { sharedFile } from '@verger/testkit/shared';
import { clusterRun, WEIGHTS } from './cluster-runs.ts';
import { type ClusterSite, forgetResult, type ServiceProcess } from './cluster-site.ts';
import { type PartResult, verdictOf } from './cluster-verdict.ts';
import { median } from './machine.ts';

const MOST_P99_MS = 50;
const MOST_LAG_MS = 250;
const IDLE_SECONDS = 30;
const MOST_IDLE = 0.02;
const MOST_FIRST_SECONDS = 5;
const GRACE_SECONDS = 3;
const AFTER_GRACE_SECONDS = 2;
const POLL_MS = 20;

/** Delays of the event loop between two looks, milliseconds. */
interface Lag {
  readonly p99: number;
  readonly max: number;
}

async function lagOf(service: ServiceProcess): Promise<Lag> {
  const metrics = await service.metrics();
  const at = (quantile: string) =>
    (metrics.get(`verger_event_loop_delay_seconds{quantile="${quantile}"}`) ?? Number.NaN) * 1000;
  return { p99: at('0.99'), max: at('1') };
}

/**
 * Event loop delay of the workers' main processes while two of them load both cores: the first is asked each
 * second, so that the worst second is seen, the second only at the end, so that its p99 is that of the whole
 * run.
 */
export async function lagPart(site: ClusterSite): Promise<PartResult> {
  const seconds: Lag[] = [];
  let whole: Lag | undefined;
  const name = 'lag';
  await clusterRun(site, name, 2, async ([each, once]) => {
    if (each === undefined || once === undefined) throw new Error('two workers were asked for');
    await lagOf(each);
    await lagOf(once);
    const images = async (service: ServiceProcess) =>
      (await service.metrics()).get('verger_images_total{outcome="extracted"}') ?? 0;
    let seen = -1;
    // Until nothing more is extracted: what follows has no load.
    for (let still = 0; still < 3; ) {
      await pause(1000);
      seconds.push(await lagOf(each));
      const now = await images(each);
      still = now === seen && now > 0 ? still + 1 : 0;
      seen = now;
    }
    whole = await lagOf(once);
  });
  const { p99 = Number.NaN, max = Number.NaN } = whole ?? {};
  const rows = [
    ['per second: the median second', ms(median(seconds.map((lag) => lag.p99))), '–'],
    [
      'per second: the worst second',
      ms(Math.max(...seconds.map((lag) => lag.p99))),
      ms(Math.max(...seconds.map((lag) => lag.max))),
    ],
    ['over the whole run', ms(p99), ms(max)],
  ];
  return {
    text: `Event loop of the main process of two workers, one child each, while ${site.images.count} photographs are extracted (${seconds.length} s). Delays are sampled every 10 ms and include that.\n\n${markdownTable([['', 'p99, ms', 'max, ms'], ...rows], [1, 2])}`,
    verdicts: [
      verdictOf('event loop delay, p99 of the run', p99, { most: MOST_P99_MS, unit: ' ms' }),
      verdictOf('event loop delay, longest', Math.max(max, ...seconds.map((lag) => lag.max)), {
        most: MOST_LAG_MS,
        unit: ' ms',
      }),
    ],
  };
}

const ms = (value: number) => value.toFixed(0);

/**
 * A worker's first job after its start, and what it takes when it has nothing to do, with its weights loaded.
 */
export async function idlePart(site: ClusterSite): Promise<PartResult> {
  const name = 'idle';
  const waiting = await startRun(site, name, ['--partition-size', '64', '--limit', '256', '--detach']);
  await waiting.ended;
  const reducer = await site.startService('reducer', 'idle-reducer');
  const started = performance.now();
  const worker = await site.startService('worker', 'idle-worker');
  try {
    const seconds = () => (performance.now() - started) / 1000;
    await untilMetric(worker, 'verger_jobs_active');
    const taken = seconds();
    await untilMetric(worker, 'verger_images_total{outcome="extracted"}');
    const extracted = seconds();
    const ended = await site.start(['status', `s3://results/${name}`, '--watch', '--json']).ended;
    if (ended.code !== 0) throw new Error(`the run did not end:\n${ended.stderr}${ended.stdout}`);
    await pause(1000);
    const shares: number[] = [];
    for (const service of [worker, reducer]) {
      const before = service.cpuMs();
      await pause(IDLE_SECONDS * 1000);
      shares.push((service.cpuMs() - before) / (IDLE_SECONDS * 1000));
    }
    return {
      text:
        'A worker with one child starts while jobs wait, and fetches weights from S3. ' +
        `Then it and the reducer idle for ${IDLE_SECONDS} s each, children included.`,
      verdicts: [
        verdictOf('first job taken after start', taken, { most: MOST_FIRST_SECONDS, unit: ' s' }),
        verdictOf('first images done after start', extracted, {
          most: MOST_FIRST_SECONDS,
          unit: ' s',
        }),
        verdictOf('idle worker, share of a core', shares[0]! * 100, { most: MOST_IDLE * 100, unit: ' %' }),
        verdictOf('idle reducer, share of a core', shares[1]! * 100, { most: MOST_IDLE * 100, unit: ' %' }),
      ],
    };
  } finally {
    await worker.stop();
    await reducer.stop();
    await forgetResult(site, name);
  }
}

async function untilMetric(service: ServiceProcess, name: string): Promise<void> {
  while (((await service.metrics()).get(name) ?? 0) === 0) await pause(POLL_MS);
}

async function startRun(site: ClusterSite, name: string, more: readonly string[]) {
  const words = ['run', site.images.remote, '--output', 's3://results', '--name', name];
  return site.start([...words, '--redis', site.redis.url, '--weights', sharedFile(WEIGHTS), ...more]);
}

/**
 * SIGTERM to exit: in a job that ends within the grace, in one that does not, and the same with Redis down.
 */
export async function stopPart(site: ClusterSite): Promise<PartResult> {
  const rows: string[][] = [['', 'Redis', 'exit code', 's']];
  let worst = 0;
  for (const down of [false, true]) {
    for (const job of ['none', 'long'] as const) {
      const { code, seconds } = await stopOnce(site, { job, down });
      rows.push([
        job === 'none' ? 'idle' : 'in a job longer than the grace',
        down ? 'down' : 'up',
        String(code),
        seconds.toFixed(2),
      ]);
      worst = Math.max(worst, seconds);
    }
  }
  return {
    text: `SIGTERM to exit of a worker with a grace of ${GRACE_SECONDS} s.\n\n${markdownTable(rows, [2, 3])}`,
    verdicts: [verdictOf('the longest', worst, { most: GRACE_SECONDS + AFTER_GRACE_SECONDS, unit: ' s' })],
  };
}

async function stopOnce(
  site: ClusterSite,
  { job, down }: { job: 'none' | 'long'; down: boolean },
): Promise<{ code: number | null; seconds: number }> {
  const name = `stop-${job}-${down ? 'down' : 'up'}`;
  const grace = ['--grace', String(GRACE_SECONDS)];
  const worker = await site.startService('worker', name, grace);
  if (job === 'long') {
    await (await startRun(site, name, ['--partitions', '1', '--detach'])).ended;
    await untilMetric(worker, 'verger_images_total{outcome="extracted"}');
  }
  if (down) await site.redis.kill();
  const began = performance.now();
  worker.signal('SIGTERM');
  const { code } = await worker.ended;
  const seconds = (performance.now() - began) / 1000;
  await site.redis.restart({ keepData: false });
  await forgetResult(site, name);
  return { code, seconds };
}
