import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_POLICY,
  desiredCapacity,
  type PastDecision,
  type RunDemand,
  type ScalingInput,
} from './desired-capacity.ts';

const NOW = Date.UTC(2026, 10, 30, 14, 0);
const MINUTE = 60_000;

/** A run of 1,000 images per partition, submitted now, due in half an hour. */
function run(images: number, more: Partial<RunDemand> = {}): RunDemand {
  const partitions = Math.ceil(images / 1000);
  return {
    ...{ runId: 'run-1', submittedMs: NOW, deadlineMs: NOW + 30 * MINUTE },
    extract: { images, partitions },
    project: { images, partitions },
    ...{ partitions, reducing: false, imagesPerVcpuSecond: 100 },
    ...more,
  };
}

/** The same when all is extracted. */
const extracted = (images: number, more: Partial<RunDemand> = {}): RunDemand =>
  run(images, { extract: { images: 0, partitions: 0 }, ...more });

const fleet = (runningVcpus: number, desiredVcpus = runningVcpus) => ({
  ...{ desiredVcpus, runningVcpus, bootingVcpus: 0, drainingVcpus: 0 },
});

/** Decisions every 10 s, the last one 10 s ago. */
function pastOf(seconds: number, neededVcpus: number, vcpus = neededVcpus): PastDecision[] {
  const count = Math.floor(seconds / 10);
  return Array.from({ length: count }, (_, index) => ({
    ...{ atMs: NOW - (count - index) * 10_000, neededVcpus, vcpus },
  }));
}

type Some = Partial<Omit<ScalingInput, 'policy'>> & { readonly policy?: Partial<ScalingInput['policy']> };

const decide = ({ policy, ...some }: Some) =>
  desiredCapacity({
    ...{ nowMs: NOW, runs: [], fleet: fleet(0), past: [], ...some },
    policy: { ...DEFAULT_POLICY, ...policy },
  });

const TABLE: readonly {
  readonly what: string;
  readonly input: Some;
  readonly vcpus: number;
  readonly reason: string;
}[] = [
  { what: 'nothing to do', input: {}, vcpus: 0, reason: 'No run is under way.' },
  {
    what: 'from zero in one step',
    input: { runs: [run(1_000_000)] },
    vcpus: 8,
    reason: '1,000,000 images in 1 run need 8 vCPUs to be done by 14:30 UTC, 5 minutes early.',
  },
  {
    what: 'several runs',
    input: {
      runs: [
        run(600_000),
        run(400_000, { runId: 'run-2', submittedMs: NOW + 1, deadlineMs: NOW + 20 * MINUTE }),
      ],
    },
    vcpus: 12,
    reason: '1,000,000 images in 2 runs need 12 vCPUs to be done by 14:20 UTC, 3 minutes early.',
  },
  {
    what: 'more than max',
    input: { runs: [run(10_000_000)] },
    vcpus: 64,
    reason:
      '10,000,000 images in 1 run cannot be done by 14:30 UTC: limited to 64 vCPUs by max; ' +
      'done at 14:42 UTC.',
  },
  {
    what: 'more than the cost ceiling',
    input: { runs: [run(2_000_000)], policy: { maxUsdPerHour: 0.5 } },
    vcpus: 8,
    reason:
      '2,000,000 images in 1 run cannot be done by 14:30 UTC: limited to 8 vCPUs by the ceiling of ' +
      'USD 0.50 ' +
      'per hour; done at 14:47 UTC.',
  },
  {
    what: 'more than there are partitions',
    input: {
      runs: [
        run(400_000, {
          extract: { images: 400_000, partitions: 2 },
          partitions: 2,
          deadlineMs: NOW + 10 * MINUTE,
        }),
      ],
    },
    vcpus: 8,
    reason:
      '400,000 images in 1 run cannot be done by 14:10 UTC: limited to 8 vCPUs by the 2 partitions left; ' +
      'done at 14:23 UTC.',
  },
  {
    what: 'a deadline that is missed, and nearly done',
    input: { runs: [run(20_000, { deadlineMs: NOW - MINUTE })], fleet: fleet(16), past: pastOf(200, 16) },
    vcpus: 16,
    reason: '20,000 images in 1 run cannot be done by 13:59 UTC; with 16 vCPUs done at 14:00 UTC.',
  },
  {
    what: 'a deadline that is missed, with more to do: new capacity is to work as long as it boots',
    input: { runs: [run(200_000, { deadlineMs: NOW - 60 * MINUTE })] },
    vcpus: 20,
    reason: '200,000 images in 1 run cannot be done by 13:00 UTC; with 20 vCPUs done at 14:04 UTC.',
  },
  {
    what: 'as much as is needed is there',
    input: { runs: [run(1_000_000)], fleet: fleet(12), past: pastOf(200, 12) },
    vcpus: 12,
    reason:
      '1,000,000 images in 1 run need 8 vCPUs to be done by 14:30 UTC; with 12 they are done ' +
      '14 minutes early.',
  },
  {
    what: 'far less is needed, for a short time',
    input: {
      runs: [run(400_000)],
      fleet: fleet(32),
      past: [...pastOf(200, 32).slice(0, -4), ...pastOf(40, 4, 32)],
    },
    vcpus: 32,
    reason:
      '400,000 images in 1 run need 4 vCPUs to be done by 14:30 UTC; with 32 they are done ' +
      '27 minutes early. ' +
      'Kept at 32: lower need seen for 40 of 120 seconds.',
  },
  {
    what: 'far less is needed, for long enough',
    input: { runs: [run(400_000)], fleet: fleet(32), past: pastOf(200, 4, 32) },
    vcpus: 4,
    reason:
      '400,000 images in 1 run need 4 vCPUs to be done by 14:30 UTC, 12 minutes early. Lowered from 32 to 4.',
  },
  {
    what: 'idle, and just started',
    input: { fleet: fleet(32), past: pastOf(100, 0, 32) },
    vcpus: 32,
    reason: 'No run is under way. Kept at 32: nothing is lowered in the first 120 seconds after a start.',
  },
  {
    what: 'idle since the last decision',
    input: { fleet: fleet(32), past: pastOf(200, 32) },
    vcpus: 32,
    reason: 'No run is under way. Kept at 32: lower need seen for 0 of 12 seconds.',
  },
  {
    what: 'idle for longer',
    input: { fleet: fleet(32), past: [...pastOf(200, 32).slice(0, -2), ...pastOf(20, 0, 32)] },
    vcpus: 0,
    reason: 'No run is under way. Lowered from 32 to 0.',
  },
  {
    what: 'a floor',
    input: { policy: { minVcpus: 6 } },
    vcpus: 8,
    reason: 'No run is under way. Not below the min of 8 vCPUs.',
  },
  {
    what: 'a short reduce: what the projection needs is kept',
    input: { runs: [extracted(400_000, { reducing: true })], fleet: fleet(32), past: pastOf(200, 4, 32) },
    vcpus: 4,
    reason:
      '400,000 images in 1 run need 4 vCPUs to be done by 14:30 UTC, 29 minutes early. Lowered from 32 to 4.',
  },
  {
    what: 'a long reduce: nothing is kept',
    input: { runs: [extracted(9_000_000, { reducing: true })], fleet: fleet(32), past: pastOf(200, 0, 32) },
    vcpus: 0,
    reason: 'No work for workers: 1 run in reduce until about 14:06 UTC. Lowered from 32 to 0.',
  },
  {
    what: 'a long reduce that ends soon: workers boot for the projection',
    input: {
      runs: [extracted(9_000_000, { reducing: true, reducingSinceMs: NOW - 5 * MINUTE })],
      past: pastOf(200, 0),
    },
    vcpus: 4,
    reason: '9,000,000 images in 1 run need 4 vCPUs to be done by 14:30 UTC, 11 minutes early.',
  },
  {
    what: 'the reducer finishes',
    input: { runs: [extracted(400_000, { project: { images: 0, partitions: 0 } })] },
    vcpus: 0,
    reason: 'No work for workers: 1 run in finish.',
  },
  {
    what: 'a deadline of another day',
    input: { runs: [run(40_000, { deadlineMs: NOW + 24 * 60 * MINUTE })] },
    vcpus: 4,
    reason: '40,000 images in 1 run need 4 vCPUs to be done by 2026-12-01 14:00 UTC, 23 h 56 min early.',
  },
];

for (const { what, input, vcpus, reason } of TABLE) {
  test(`${what}: ${vcpus} vCPUs, and the reason says why`, () => {
    const decision = decide(input);
    assert.deepEqual([decision.vcpus, decision.reason], [vcpus, reason]);
  });
}

test('a run with an early deadline behind another one needs both done', () => {
  const first = run(1_000_000, { deadlineMs: NOW + 120 * MINUTE });
  const second = run(10_000, { runId: 'run-2', submittedMs: NOW + 1, deadlineMs: NOW + 15 * MINUTE });
  const [alone, behind, before] = [
    decide({ runs: [second] }),
    decide({ runs: [second, first] }),
    decide({ runs: [{ ...second, priority: 1 }, first] }),
  ];
  assert.deepEqual([alone.vcpus, behind.vcpus, before.vcpus], [4, 20, 4]);
  assert.deepEqual(
    behind.runs.map(({ runId }) => runId),
    ['run-1', 'run-2'],
  );
});

test('before a rate is measured, more is asked for only if a slow run could not be caught up with', () => {
  const unknown = (minutes: number) =>
    run(200_000, { imagesPerVcpuSecond: null, deadlineMs: NOW + minutes * MINUTE });
  const known = (minutes: number) => ({ ...unknown(minutes), imagesPerVcpuSecond: 100 });
  const vcpus = (one: RunDemand) => decide({ runs: [one] }).vcpus;
  assert.deepEqual([vcpus(unknown(30)), vcpus(known(30))], [4, 4]);
  assert.deepEqual([vcpus(unknown(5)), vcpus(known(5))], [44, 20]);
});

test('what boots counts from when it was asked for', () => {
  const booting = { desiredVcpus: 8, runningVcpus: 0, bootingVcpus: 8, drainingVcpus: 0 };
  const past = [{ atMs: NOW - 120_000, neededVcpus: 0, vcpus: 0 }, ...pastOf(100, 8)];
  const one = run(700_000, { deadlineMs: NOW + 20 * MINUTE });
  assert.equal(decide({ runs: [one], fleet: booting, past }).vcpus, 8);
  // As if it were asked for now.
  assert.equal(decide({ runs: [one] }).vcpus, 12);
});

test('workers that may lose what they have begun are not taken away before it is done', () => {
  const large = (partitions: number) => ({ images: partitions * 10_000, partitions });
  const one = run(0, { extract: large(2), project: large(50), partitions: 50, imagesPerVcpuSecond: 50 });
  const given = { runs: [one], fleet: fleet(16), past: pastOf(200, 4, 16) };
  assert.equal(decide(given).vcpus, 4, 'ample for the settle time');
  const recently = { ...given, past: [...pastOf(200, 16).slice(0, -3), ...pastOf(30, 8, 16)] };
  assert.equal(decide(recently).vcpus, 16);
  const small = run(2_000, { project: large(50), imagesPerVcpuSecond: 50 });
  assert.equal(decide({ ...recently, runs: [small] }).vcpus, 8);
});

test('a worker of another size is left as it is: no rise without a need', () => {
  const { vcpus, reason } = decide({ runs: [], fleet: fleet(1), past: [] });
  assert.equal(vcpus, 1);
  assert.doesNotMatch(reason, /min of/);
});
