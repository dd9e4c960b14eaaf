import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ScalingDecisionRecord, VergerError } from '@verger/core';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { DEFAULT_POLICY, type RunDemand, type ScalingPolicy } from './desired-capacity.ts';
import type { Fleet, FleetSeen } from './fleet.ts';
import { createScalingMetrics } from './metrics.ts';
import type { RunUnderWay, Seen } from './run-watch.ts';
import { Scaler } from './scaler.ts';
import { NOW_MS, setClock } from './testing/watch-site.ts';

const STEP_MS = 10_000;
const POLICY = { ...DEFAULT_POLICY, vcpuStep: 4, maxVcpus: 32, bootSeconds: 60, settleSeconds: 120 };
/** Needs many vCPUs: 100,000 images within ten minutes. */
const RUN: RunUnderWay = { location: '/runs/r', demand: demandOf({}) };

function demandOf(changes: Partial<RunDemand>): RunDemand {
  const images = 100_000;
  return {
    ...{ runId: 'r', submittedMs: NOW_MS, deadlineMs: NOW_MS + 600_000, partitions: 100, reducing: false },
    ...{ extract: { images, partitions: 100 }, project: { images, partitions: 100 } },
    imagesPerVcpuSecond: null,
    ...changes,
  };
}

/** A scaler whose queue, storage and group a test sets. A step is ten seconds. */
function site(t: TestContext, group: Partial<FleetSeen> = {}, changes: Partial<ScalingPolicy> = {}) {
  const clock = setClock();
  const logger = keepingLogger();
  const seen: {
    runs: RunUnderWay[];
    imagesDone: number;
    error?: VergerError | undefined;
    unread?: VergerError | undefined;
    /** vCPUs of the workers with a heartbeat; undefined: all that is in service. */
    aliveVcpus?: number;
    unsizedWorkers?: number;
  } = { runs: [], imagesDone: 0 };
  const state = { desiredVcpus: 0, inServiceVcpus: 0, bootingVcpus: 0, drainingVcpus: 0, ...group };
  const faults: { describe?: Error | undefined; ask?: Error | undefined } = {};
  const asked: number[] = [];
  const records: { locations: readonly string[]; record: ScalingDecisionRecord }[] = [];
  const look = async (): Promise<Seen> => {
    if (seen.error !== undefined) throw seen.error;
    const { runs, imagesDone, unread, aliveVcpus = state.inServiceVcpus, unsizedWorkers = 0 } = seen;
    return { runs, aliveVcpus, unsizedWorkers, jobs: 1, imagesDone, unread };
  };
  const fleet: Fleet = {
    group: 'workers',
    describe: async () => {
      if (faults.describe !== undefined) throw faults.describe;
      return { ...state };
    },
    ask: async (vcpus) => {
      if (faults.ask !== undefined) throw faults.ask;
      asked.push(vcpus);
      Object.assign(state, { desiredVcpus: vcpus, inServiceVcpus: vcpus });
    },
    close: () => {},
  };
  const metrics = createScalingMetrics();
  t.after(() => metrics.close());
  const files = {
    add: async (locations: readonly string[], record: ScalingDecisionRecord) => {
      records.push({ locations, record });
    },
  };
  const policy = { ...POLICY, ...changes };
  const parts = { watch: { look }, fleet, policy, files, metrics, clock, logger };
  const scaler = new Scaler({ ...parts, intervalMs: STEP_MS });
  const steps = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      await scaler.step();
      clock.passedMs += STEP_MS;
    }
  };
  const metric = async (name: string) => {
    const [, value] = new RegExp(`^${name} (.*)$`, 'm').exec(await metrics.registry.metrics()) ?? [];
    return value === undefined ? undefined : Number(value);
  };
  const logged = (msg: string) => logger.lines.filter(({ fields }) => 'msg' in fields && fields.msg === msg);
  return { seen, state, faults, asked, records, scaler, steps, metric, logged, clock };
}

test('from nothing to what is needed in one step, and back to nothing after the last run', async (t) => {
  const { seen, asked, steps, records, logged, metric } = site(t);
  await steps(3);
  assert.deepEqual(asked, []);
  seen.runs = [RUN];
  await steps(1);
  const [first = 0] = asked;
  assert.ok(first >= 4 && first <= 32 && first % 4 === 0, String(first));
  assert.equal(await metric('verger_desired_vcpus'), first);
  assert.equal(await metric('verger_desired_workers'), first / 4);
  seen.runs = [];
  await steps(20);
  assert.deepEqual(asked, [first, 0]);
  assert.equal(await metric('verger_decisions_total{direction="up"}'), 1);
  assert.equal(await metric('verger_decisions_total{direction="down"}'), 1);
  const [up] = logged('decision');
  assert.match(up?.message ?? '', new RegExp(`asks for ${first} vCPUs instead of 0`));
  assert.ok(up !== undefined && 'reason' in up.fields && /100,000 images/.test(String(up.fields.reason)));
  const written = records.filter(({ record }) => record.fromVcpus !== record.vcpus);
  assert.deepEqual(written[0]?.locations, ['/runs/r']);
  assert.deepEqual([written[0]?.record.fromVcpus, written[0]?.record.vcpus], [0, first]);
});

test('never more than the policy and the group allow, never less than the group holds', async (t) => {
  const huge = { ...RUN, demand: demandOf({ extract: { images: 10_000_000, partitions: 9_999 } }) };
  const own = site(t);
  own.seen.runs = [huge];
  await own.steps(20);
  assert.equal(Math.max(...own.asked), 32);
  const small = site(t, { limits: { minVcpus: 4, maxVcpus: 12 } });
  small.seen.runs = [huge];
  await small.steps(5);
  small.seen.runs = [];
  await small.steps(40);
  assert.deepEqual(small.asked, [12, 4]);
});

test('a group that somebody lowers is set again 3 minutes later, said once and in the run', async (t) => {
  const { seen, asked, steps, state, logged, records, scaler } = site(t);
  seen.runs = [RUN];
  await steps(2);
  const first = asked[0];
  state.desiredVcpus = 0;
  state.inServiceVcpus = 0;
  await steps(18);
  assert.deepEqual(asked, [first], 'the alarm of the safety net needs a minute at 0 to clear');
  assert.equal(logged('lowered').length, 1);
  const told = records.filter(({ record }) => record.fromVcpus !== record.vcpus).at(-1)?.record;
  assert.deepEqual([told?.fromVcpus, told?.vcpus], [first, 0]);
  assert.match(told?.reason ?? '', /^Somebody else lowered the group from \d+ vCPUs/);
  scaler.tellProgress();
  assert.match(JSON.stringify(logged('progress').at(-1)?.fields), /Somebody else lowered/);
  await steps(2);
  assert.equal(asked.length, 2);
  assert.ok((asked[1] ?? 0) >= (first ?? 0));
  assert.equal(logged('lowered').length, 1);
});

test('an answer that does not know of the last request yet is no change by somebody else', async (t) => {
  const { seen, asked, steps, state, logged } = site(t);
  seen.runs = [RUN];
  await steps(1);
  Object.assign(state, { desiredVcpus: 0, inServiceVcpus: 0 });
  await steps(1);
  assert.equal(asked.length, 2);
  assert.deepEqual(logged('lowered'), []);
});

test('instances in service boot until their workers have a heartbeat, or for 3 boots', async (t) => {
  const { seen, asked, steps, metric, state } = site(t);
  // Two instances are enough, and are asked for in time.
  seen.runs = [{ ...RUN, demand: demandOf({ deadlineMs: NOW_MS + 2_000_000, imagesPerVcpuSecond: 10 }) }];
  seen.aliveVcpus = 0;
  await steps(3);
  const [first = 0] = asked;
  assert.deepEqual([await metric('verger_running_vcpus'), await metric('verger_booting_vcpus')], [0, first]);
  seen.aliveVcpus = first - 4;
  await steps(14);
  assert.equal(await metric('verger_booting_vcpus'), 4);
  assert.deepEqual(asked, [first]);
  await steps(6);
  assert.equal(await metric('verger_running_vcpus'), first - 4);
  assert.deepEqual(asked, [first, first + 4], 'one that takes the place of the one without a worker');
  assert.equal(state.desiredVcpus, first + 4);
});

test('workers of an earlier release, which do not say their vCPUs, are all that is in service', async (t) => {
  const { seen, steps, metric } = site(t);
  seen.runs = [RUN];
  seen.aliveVcpus = 2;
  seen.unsizedWorkers = 2;
  await steps(3);
  assert.equal(await metric('verger_booting_vcpus'), 0);
  assert.ok(((await metric('verger_running_vcpus')) ?? 0) > 2);
});

const UNREAD = new VergerError('E_STORAGE', { location: '/runs/x' });

test('while a run cannot be read others are raised for, and nothing is lowered', async (t) => {
  const { seen, asked, steps, scaler, logged } = site(t, { desiredVcpus: 4, inServiceVcpus: 4 });
  seen.unread = UNREAD;
  await steps(30);
  assert.deepEqual(asked, []);
  assert.match(scaler.holding ?? '', /^E_STORAGE/);
  assert.match(logged('holds')[0]?.message ?? '', /^lowers nothing: /);
  seen.runs = [{ ...RUN, demand: demandOf({ imagesPerVcpuSecond: 20 }) }];
  seen.imagesDone = 1;
  await steps(1);
  const [raised = 0] = asked;
  assert.ok(raised > 4);
  seen.runs = [];
  await steps(30);
  assert.deepEqual(asked, [raised]);
  seen.unread = undefined;
  await steps(20);
  assert.deepEqual(asked, [raised, 0]);
  assert.equal(scaler.holding, undefined);
});

for (const [what, fault, waits] of [
  ['a look that fails', 'error', 1],
  ['an answer of the group that fails', 'describe', 1],
  ['a run that is missing after a look that fails', 'missing', 12],
] as const) {
  test(`${what} in the settle time: lowered after ${waits * 10} seconds`, async (t) => {
    const { seen, asked, steps, faults } = site(t, { desiredVcpus: 16, inServiceVcpus: 16 });
    const idle = {
      extract: { images: 1, partitions: 1 },
      project: { images: 1, partitions: 1 },
      partitions: 1,
    };
    const small = { ...RUN, demand: demandOf(idle) };
    seen.runs = fault === 'missing' ? [small, { ...small, location: '/runs/other' }] : [small];
    seen.imagesDone = 1;
    await steps(10);
    if (fault === 'describe') faults.describe = throttled;
    else seen.error = new VergerError('E_REDIS_UNREACHABLE', { location: 'redis://queue:6379' });
    await steps(2);
    seen.error = undefined;
    faults.describe = undefined;
    if (fault === 'missing') seen.runs = [small];
    await steps(fault === 'describe' ? 1 : 0); // It is not asked again at once.
    assert.deepEqual(asked, []);
    await steps(waits);
    const before = [...asked];
    await steps(1);
    assert.deepEqual([before, asked], fault === 'missing' ? [[], [4]] : [[4], [4]]);
  });
}

test('a settle time of an hour with a look each second is settled in the end', async (t) => {
  const { asked, scaler, clock } = site(t, { desiredVcpus: 16, inServiceVcpus: 16 }, { settleSeconds: 3600 });
  for (let second = 0; second < 3700 && asked.length === 0; second += 1) {
    await scaler.step();
    clock.passedMs += 1000;
  }
  assert.deepEqual([asked, Math.round(clock.passedMs / 10_000)], [[0], 360]);
});

test('while queue or storage is gone nothing is asked for, said once; both come back', async (t) => {
  const { seen, asked, steps, scaler, logged, metric, state } = site(t);
  seen.runs = [RUN];
  await steps(2);
  const before = [...asked];
  seen.error = new VergerError('E_REDIS_UNREACHABLE', { location: 'redis://queue:6379' });
  await steps(30);
  assert.match(scaler.holding ?? '', /^E_REDIS_UNREACHABLE/);
  assert.equal(await metric('verger_autoscaler_holding'), 1);
  assert.equal(await metric('verger_looks_total'), 32);
  assert.equal(await metric('verger_desired_vcpus'), before.at(-1), 'the last figures stay');
  assert.equal(logged('holds').length, 1);
  // Redis comes back empty: its runs are about to be submitted again.
  seen.error = undefined;
  seen.runs = [];
  await steps(2);
  assert.deepEqual(asked, before);
  assert.equal(scaler.holding, undefined);
  assert.equal(logged('resumes').length, 1);
  assert.equal(state.desiredVcpus, before.at(-1));
});

test('after a restart nothing is lowered before the settle time', async (t) => {
  const { asked, steps } = site(t, { desiredVcpus: 16, inServiceVcpus: 16 });
  await steps(11);
  assert.deepEqual(asked, []);
  await steps(10);
  assert.deepEqual(asked, [0]);
});

const throttled = Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
const missing = new VergerError('E_SCALING_GROUP', { location: 'workers' });
for (const [fault, code] of [
  [throttled, 'E_SCALING_BUSY'],
  [denied, 'E_SCALING_DENIED'],
  [missing, 'E_SCALING_GROUP'],
] as const) {
  for (const call of ['describe', 'ask'] as const) {
    test(`${code} of ${call}: said once with the next step, held, and gone on with afterwards`, async (t) => {
      const { seen, asked, steps, faults, logged, scaler, metric } = site(t);
      seen.runs = [RUN];
      faults[call] = fault;
      await steps(40);
      assert.deepEqual(asked, []);
      assert.equal(await metric('verger_autoscaler_holding'), 1);
      const lines = logged('holds').map(({ fields }) => fields as { code: string; next: string });
      assert.deepEqual([lines.length, lines[0]?.code], [1, code]);
      assert.ok((lines[0]?.next.length ?? 0) > 20);
      faults[call] = undefined;
      await steps(31);
      assert.equal(scaler.holding, undefined);
      assert.ok(asked.length > 0);
    });
  }
}

for (const fault of [throttled, denied, missing]) {
  test(`${fault.name} ${fault.message} during a run: nothing changes until it is over`, async (t) => {
    const { seen, asked, steps, faults, state } = site(t);
    seen.runs = [RUN];
    await steps(3);
    const before = [...asked];
    faults.describe = fault;
    faults.ask = fault;
    await steps(20);
    seen.runs = [];
    await steps(20);
    assert.deepEqual(asked, before);
    faults.describe = undefined;
    await steps(60);
    assert.deepEqual(asked, before, 'it may look, and may not ask');
    faults.ask = undefined;
    await steps(60);
    assert.deepEqual(asked, [...before, 0]);
    assert.equal(state.desiredVcpus, 0);
  });
}

test('a decision that the group did not take is in no record', async (t) => {
  const { seen, steps, faults, records, logged } = site(t);
  seen.runs = [RUN];
  faults.ask = denied;
  await steps(3);
  assert.deepEqual(records, []);
  assert.deepEqual(logged('decision'), []);
});

test('workers that do nothing for 10 minutes are given up, with the reason', async (t) => {
  const { seen, steps, asked, logged, records } = site(t);
  seen.runs = [RUN];
  await steps(55);
  assert.ok(!asked.includes(0));
  await steps(10);
  assert.equal(asked.at(-1), 0);
  assert.equal(logged('lost').length, 1);
  assert.match(records.at(-1)?.record.reason ?? '', /10 minutes and no image was done/);
  seen.imagesDone = 1;
  await steps(1);
  assert.ok((asked.at(-1) ?? 0) > 0);
});

test('the line of each minute has the images since the one before, whatever is held', async (t) => {
  const { seen, scaler, steps, logged } = site(t);
  seen.imagesDone = 50;
  await steps(6);
  scaler.tellProgress();
  seen.error = new VergerError('E_STORAGE');
  await steps(6);
  scaler.tellProgress();
  const lines = logged('progress').map(({ fields }) => fields as { imagesDone: number; holds?: string });
  assert.deepEqual(
    lines.map(({ imagesDone }) => imagesDone),
    [300, 0],
  );
  assert.match(lines[1]?.holds ?? '', /^E_STORAGE/);
});
