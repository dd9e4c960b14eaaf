/** The scaler and the alarm of the safety net on one group, minute by minute: they do not fight. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { DEFAULT_POLICY, type RunDemand, type ScalingPolicy } from './desired-capacity.ts';
import type { Fleet } from './fleet.ts';
import { createScalingMetrics } from './metrics.ts';
import { Scaler } from './scaler.ts';
import { NothingDoneAlarm } from './testing/nothing-done-alarm.ts';
import { NOW_MS, setClock } from './testing/watch-site.ts';

const STEP_SECONDS = 10;
const SCALE_SECONDS = 60;
/** From in service to the first heartbeat: the user data. */
const START_SECONDS = 90;
const RATE = 10;

/** What goes wrong. */
interface Trouble {
  /** Images of the run. */
  readonly images?: number;
  /** Minutes, from the first on, in which no instance is launched. */
  readonly droughtMinutes?: number;
  readonly workersDoNothing?: boolean;
  readonly workersNeverStart?: boolean;
  /** The autoscaler ends at this minute. */
  readonly deadFrom?: number;
  readonly reduceMinutes?: number;
  readonly policy?: Partial<ScalingPolicy>;
}

/** A run, a group of one instance per request, and the alarm. */
function world(t: TestContext, trouble: Trouble) {
  const { images = 60_000, reduceMinutes = 1, droughtMinutes = 0 } = trouble;
  const clock = setClock();
  const logger = keepingLogger();
  const metrics = createScalingMetrics();
  t.after(() => metrics.close());
  const alarm = new NothingDoneAlarm();
  /** Since when each share of capacity has been asked for, seconds. */
  let batches: { vcpus: number; sinceS: number }[] = [];
  let [desired, done, told, reducingS, isDone] = [0, 0, 0, 0, false];
  const second = () => clock.passedMs / 1000;
  const isBeyond = (sinceS: number, wait: number) => second() - Math.max(sinceS, droughtMinutes * 60) >= wait;
  const vcpusAfter = (wait: number) =>
    batches.filter(({ sinceS }) => isBeyond(sinceS, wait)).reduce((sum, { vcpus }) => sum + vcpus, 0);
  const inService = () => vcpusAfter(SCALE_SECONDS);
  const alive = () => (trouble.workersNeverStart ? 0 : vcpusAfter(SCALE_SECONDS + START_SECONDS));
  const set = (vcpus: number) => {
    if (vcpus > desired) batches = [...batches, { vcpus: vcpus - desired, sinceS: second() }];
    if (vcpus < desired) batches = vcpus === 0 ? [] : [{ vcpus, sinceS: batches[0]?.sinceS ?? second() }];
    desired = vcpus;
  };
  const demand = (): RunDemand => ({
    ...{ runId: 'r', submittedMs: NOW_MS, deadlineMs: null, partitions: 100 },
    reducing: done >= images && reducingS < reduceMinutes * 60,
    reducingSinceMs: NOW_MS + clock.passedMs - reducingS * 1000,
    extract: { images: Math.max(0, images - done), partitions: Math.ceil(Math.max(0, images - done) / 600) },
    project: { images: isDone ? 0 : images, partitions: isDone ? 0 : 100 },
    imagesPerVcpuSecond: done > 0 ? RATE : null,
  });
  /** Ten seconds of work. */
  const work = () => {
    const before = done;
    if (!trouble.workersDoNothing && done < images)
      done = Math.min(images, done + alive() * RATE * STEP_SECONDS);
    else if (done >= images && reducingS < reduceMinutes * 60) reducingS += STEP_SECONDS;
    else if (done >= images && alive() > 0 && !isDone) {
      isDone = true;
      return images; // All projections.
    }
    return done - before;
  };
  const fleet: Fleet = {
    group: 'workers',
    describe: async () => ({
      ...{ desiredVcpus: desired, inServiceVcpus: inService() },
      ...{ bootingVcpus: 0, drainingVcpus: 0 },
    }),
    ask: async (vcpus) => set(vcpus),
    close: () => {},
  };
  let imagesDone = 0;
  const look = async () => {
    const runs = isDone ? [] : [{ location: '/r', demand: demand() }];
    const seen = { runs, aliveVcpus: alive(), unsizedWorkers: 0, jobs: 1, imagesDone, unread: undefined };
    imagesDone = 0;
    return seen;
  };
  const policy = { ...DEFAULT_POLICY, imagesPerVcpuSecond: RATE, ...trouble.policy };
  const parts = { watch: { look }, fleet, policy, files: { add: async () => {} }, metrics, clock, logger };
  const scaler = new Scaler({ ...parts, intervalMs: STEP_SECONDS * 1000 });
  const progress = () => {
    const lines = logger.lines.filter(({ fields }) => 'msg' in fields && fields.msg === 'progress');
    const fresh = lines.slice(told);
    told = lines.length;
    return fresh.map(({ fields }) => (fields as { imagesDone: number }).imagesDone)[0];
  };
  /** One minute: six looks, the line of progress, and the alarm with its action. */
  const minute = async (index: number) => {
    const isAlive = index < (trouble.deadFrom ?? Number.POSITIVE_INFINITY);
    let running = 0;
    for (let step = 0; step < 60 / STEP_SECONDS; step += 1) {
      imagesDone += work();
      if (isAlive) await scaler.step();
      running = Math.max(running, inService());
      clock.passedMs += STEP_SECONDS * 1000;
    }
    if (isAlive) scaler.tellProgress();
    const isAlarm = alarm.minute({ running, done: progress() });
    if (isAlarm) set(0);
    return { isAlarm, running, desired, isDone };
  };
  return async (minutes: number) => {
    const series: Awaited<ReturnType<typeof minute>>[] = [];
    for (let index = 0; index < minutes; index += 1) series.push(await minute(index));
    const fired = series.flatMap(({ isAlarm }, index) => (isAlarm ? [index] : []));
    return { series, fired, last: series.at(-1) ?? assert.fail(), logger };
  };
}

const HEALTHY: readonly (readonly [string, Trouble])[] = [
  ['a first boot and a run', {}],
  ['a spot drought of 20 minutes', { droughtMinutes: 20 }],
  ['a reduce of 40 minutes', { reduceMinutes: 40 }],
];
for (const [what, trouble] of HEALTHY) {
  test(`${what}: the alarm never fires, the run is done, and nothing is left`, async (t) => {
    const { series, fired, last } = await world(t, trouble)(120);
    assert.deepEqual(fired, []);
    assert.deepEqual([last.isDone, last.desired, last.running], [true, 0, 0]);
    assert.ok(series.some(({ running }) => running > 0));
  });
}

for (const trouble of [{ workersDoNothing: true }, { workersNeverStart: true }] as const) {
  test(`${Object.keys(trouble)[0]}: the scaler ends them before the alarm, and they stay away`, async (t) => {
    const { series, fired, last, logger } = await world(t, trouble)(90);
    assert.deepEqual(fired, []);
    const first = series.findIndex(({ running }) => running > 0);
    const end = series.findIndex(({ running }, index) => index > first && running === 0);
    assert.ok(first >= 0 && end - first <= 12, `${end - first} minutes`);
    assert.ok(series.slice(end).every(({ desired }) => desired === 0));
    assert.equal(last.isDone, false);
    assert.equal(logger.lines.filter(({ fields }) => 'msg' in fields && fields.msg === 'lost').length, 1);
  });
}

test('the fleet of a dead autoscaler is ended within 16 minutes', async (t) => {
  const { series, fired } = await world(t, { images: 10_000_000, deadFrom: 10 })(60);
  assert.ok((series[9]?.running ?? 0) > 0);
  assert.ok((fired[0] ?? 99) - 10 < 16, `at ${fired[0]}`);
  assert.ok((fired[0] ?? 0) - 10 >= 14, 'not at once');
  assert.ok(series.slice(26).every(({ running }) => running === 0));
});

test('an alarm that fired although the autoscaler works clears, and the fleet comes back once', async (t) => {
  const policy = { minVcpus: 4 };
  const { series, fired, logger } = await world(t, { images: 0, reduceMinutes: 0, policy })(60);
  assert.ok(fired.length > 0, 'idle workers of --min-vcpus are ended, as docs/operations.md says');
  const [first = 0] = fired;
  const until = series.findIndex(({ desired }, index) => index > first && desired > 0);
  assert.ok(until - first >= 3, 'the alarm sees a minute at 0');
  assert.ok(
    fired.every((index, at) => at === 0 || index - (fired[at - 1] ?? 0) >= 15),
    fired.join(),
  );
  const lowered = logger.lines.filter(({ fields }) => 'msg' in fields && fields.msg === 'lowered');
  assert.equal(lowered.length, fired.length);
});
