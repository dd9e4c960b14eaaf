import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_POLICY, desiredCapacity, type RunDemand, type ScalingInput } from './desired-capacity.ts';

const NOW = Date.UTC(2026, 10, 30, 14, 0);
const SETTLE = DEFAULT_POLICY.settleSeconds;

const policies = fc
  .record({
    minVcpus: fc.integer({ min: 0, max: 20 }),
    maxVcpus: fc.integer({ min: 20, max: 4000 }),
    vcpuStep: fc.constantFrom(1, 2, 4, 8),
    bootSeconds: fc.integer({ min: 30, max: 300 }),
    maxUsdPerHour: fc.option(fc.double({ min: 0.1, max: 100, noNaN: true })),
  })
  .map((some) => ({ ...DEFAULT_POLICY, ...some }));

/** A run in any of its stages, due between an hour ago and a day from now. */
const runs: fc.Arbitrary<RunDemand> = fc
  .record({
    stage: fc.constantFrom('extract', 'reduce', 'project', 'finish'),
    partitions: fc.integer({ min: 1, max: 10_000 }),
    size: fc.integer({ min: 1, max: 2_000 }),
    left: fc.double({ min: 0, max: 1, noNaN: true }),
    submitted: fc.integer({ min: -7200, max: 0 }),
    due: fc.option(fc.integer({ min: -3600, max: 86_400 })),
    rate: fc.option(fc.double({ min: 1, max: 500, noNaN: true })),
    runId: fc.uuid(),
  })
  .map(({ stage, partitions, size, left, submitted, due, rate, runId }) => {
    const some = Math.ceil(left * partitions);
    const backlog = (count: number) => ({ images: count * size, partitions: count });
    const extract = backlog(stage === 'extract' ? Math.max(1, some) : 0);
    const project = backlog(
      { extract: partitions, reduce: partitions, project: Math.max(1, some), finish: 0 }[stage],
    );
    return {
      ...{ runId, extract, project, partitions, reducing: stage === 'reduce', imagesPerVcpuSecond: rate },
      submittedMs: NOW + submitted * 1000,
      deadlineMs: due === null ? null : NOW + due * 1000,
    };
  });

const inputs: fc.Arbitrary<ScalingInput> = fc
  .record({
    runs: fc.array(runs, { maxLength: 4 }),
    policy: policies,
    desired: fc.integer({ min: 0, max: 500 }),
    running: fc.double({ min: 0, max: 1, noNaN: true }),
    past: fc.array(fc.record({ neededVcpus: fc.nat(500), vcpus: fc.nat(500) }), { maxLength: 30 }),
  })
  .map(({ desired, running, past, ...rest }) => {
    const desiredVcpus = desired * rest.policy.vcpuStep;
    const runningVcpus = Math.floor(desired * running) * rest.policy.vcpuStep;
    const bootingVcpus = Math.floor((desiredVcpus - runningVcpus) / 2);
    return {
      ...rest,
      nowMs: NOW,
      fleet: { desiredVcpus, runningVcpus, bootingVcpus, drainingVcpus: 0 },
      past: past.map((one, index) => ({ ...one, atMs: NOW - (past.length - index) * 10_000 })),
    };
  });

const limitOf = ({ policy }: ScalingInput) =>
  Math.min(policy.maxVcpus, (policy.maxUsdPerHour ?? Number.POSITIVE_INFINITY) / policy.usdPerVcpuHour);

const holds = (is: (input: ScalingInput) => void) => fc.assert(fc.property(inputs, is), { numRuns: 300 });

test('what is asked for is a whole number of steps between min and max, not above the cost ceiling', () =>
  holds((input) => {
    const { vcpus, neededVcpus } = desiredCapacity(input);
    const { vcpuStep, minVcpus } = input.policy;
    assert.equal(vcpus % vcpuStep, 0);
    assert.equal(neededVcpus % vcpuStep, 0);
    assert.ok(vcpus <= limitOf(input) + 1e-6);
    assert.ok(vcpus >= Math.min(minVcpus, Math.floor(limitOf(input) / vcpuStep) * vcpuStep));
  }));

test('more images never get fewer vCPUs', () =>
  holds((input) => {
    const more = (factor: number) => ({
      ...input,
      runs: input.runs.map((run) => ({
        ...run,
        extract: { ...run.extract, images: run.extract.images * factor },
        project: { ...run.project, images: run.project.images * factor },
      })),
    });
    const asked = [1, 1.2, 2, 10].map((factor) => desiredCapacity(more(factor)));
    for (const [index, { vcpus, neededVcpus }] of asked.slice(1).entries()) {
      assert.ok(vcpus >= asked[index]!.vcpus);
      assert.ok(neededVcpus >= asked[index]!.neededVcpus);
    }
  }));

test('another run never gets fewer vCPUs', () =>
  fc.assert(
    fc.property(inputs, runs, (input, another) => {
      const more = desiredCapacity({ ...input, runs: [...input.runs, another] });
      assert.ok(more.vcpus >= desiredCapacity(input).vcpus);
    }),
    { numRuns: 300 },
  ));

test('an earlier deadline never gets fewer vCPUs', () =>
  holds((input) => {
    const earlier = {
      ...input,
      runs: input.runs.map((run) => ({
        ...run,
        deadlineMs: run.deadlineMs === null ? null : run.deadlineMs - 300_000,
      })),
    };
    assert.ok(desiredCapacity(earlier).neededVcpus >= desiredCapacity(input).neededVcpus);
  }));

test('without a past nothing is lowered, unless the limits were', () =>
  holds((input) => {
    const { vcpus } = desiredCapacity({ ...input, past: [] });
    const { vcpuStep } = input.policy;
    const most = Math.floor(limitOf(input) / vcpuStep) * vcpuStep;
    assert.ok(vcpus >= Math.min(input.fleet.desiredVcpus, most));
  }));

test('without a run the fleet goes to min within the settle time of the last need, and stays there', () =>
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 200 }), (policy, desired) => {
      let desiredVcpus = desired * policy.vcpuStep;
      const past = [{ atMs: NOW - 10_000, neededVcpus: desiredVcpus, vcpus: desiredVcpus }];
      const limits = { policy, fleet: { desiredVcpus: 0 } } as ScalingInput;
      const step = policy.vcpuStep;
      const floor = Math.min(
        Math.ceil(policy.minVcpus / step) * step,
        Math.floor(limitOf(limits) / step) * step,
      );
      for (let seconds = 0; seconds <= 2 * SETTLE; seconds += 10) {
        const fleet = { desiredVcpus, runningVcpus: desiredVcpus, bootingVcpus: 0, drainingVcpus: 0 };
        const nowMs = NOW + seconds * 1000;
        const { vcpus, neededVcpus } = desiredCapacity({ nowMs, runs: [], fleet, past, policy });
        past.push({ atMs: nowMs, neededVcpus, vcpus });
        desiredVcpus = vcpus;
        if (seconds >= SETTLE) assert.equal(vcpus, floor);
      }
    }),
    { numRuns: 100 },
  ));

test('the same input gives the same decision, and times are never before now', () =>
  holds((input) => {
    const decision = desiredCapacity(input);
    assert.deepEqual(desiredCapacity(structuredClone(input)), decision);
    assert.equal(decision.runs.length, input.runs.length);
    for (const { doneMs } of decision.runs) assert.ok(doneMs === null || doneMs >= NOW);
    assert.match(decision.reason, /^[A-Z0-9].*\.$/);
    assert.doesNotMatch(decision.reason, /NaN|Infinity|undefined|null/);
  }));
