import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ScalingDecisionRecord, VergerError } from '@verger/core';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { DEFAULT_POLICY, type RunDemand } from './desired-capacity.ts';
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
function site(t: TestContext, group: Partial<FleetSeen> = {}) {
  const clock = setClock();
  const logger = keepingLogger();
  const seen: { runs: RunUnderWay[]; imagesDone: number; error?: VergerError | undefined } = {
    ...{ runs: [], imagesDone: 0 },
  };
  const state = { desiredVcpus: 0, runningVcpus: 0, bootingVcpus: 0, drainingVcpus: 0, ...group };
  const faults: { describe?: Error | undefined; ask?: Error | undefined } = {};
  const asked: number[] = [];
  const records: { locations: readonly string[]; record: ScalingDecisionRecord }[] = [];
  const look = async (): Promise<Seen> => {
    if (seen.error !== undefined) throw seen.error;
    return { runs: seen.runs, aliveVcpus: state.runningVcpus, jobs: 1, imagesDone: seen.imagesDone };
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
      Object.assign(state, { desiredVcpus: vcpus, runningVcpus: vcpus });
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
  const scaler = new Scaler({ watch: { look }, fleet, policy: POLICY, files, metrics, clock, logger });
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

test('a group that somebody changed by hand is set again', async (t) => {
  const { seen, asked, steps, state } = site(t);
  seen.runs = [RUN];
  await steps(1);
  state.desiredVcpus = 0;
  state.runningVcpus = 0;
  await steps(1);
  assert.equal(asked.length, 2);
  assert.ok((asked[1] ?? 0) >= (asked[0] ?? 0));
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
  const { asked, steps } = site(t, { desiredVcpus: 16, runningVcpus: 16 });
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
  test(`${fault.name} ${fault.message} in the middle of a run: nothing changes, and then it goes to nothing`, async (t) => {
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

test('workers that do nothing for 15 minutes are given up, with the reason', async (t) => {
  const { seen, steps, asked, logged, records } = site(t);
  seen.runs = [RUN];
  await steps(85);
  assert.ok(!asked.includes(0));
  await steps(40);
  assert.equal(asked.at(-1), 0);
  assert.equal(logged('lost').length, 1);
  assert.match(records.at(-1)?.record.reason ?? '', /15 minutes and no image was done/);
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
