import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idealOf } from './ideal.ts';
import { measureSeed, summarise } from './measure.ts';
import { KINDS, largestScenario, scenarioOf } from './scenario.ts';
import { simulate } from './simulate.ts';
import { STORY } from './story.ts';

/** Seeds that the function was not tuned on. */
const FIRST_SEED = 3001;
const SEEDS_PER_KIND = 9;

test('over 54 seeds of all kinds, deadlines are kept at little more than the ideal cost, without oscillation', () => {
  const seeds = Array.from({ length: SEEDS_PER_KIND }, (_, index) => FIRST_SEED + index);
  const results = KINDS.flatMap((kind) => seeds.map((seed) => measureSeed(seed, kind, ['verger']).verger));
  const { canBeKept, kept, cost, reversals } = summarise(results);
  assert.ok(canBeKept >= 40, `only ${canBeKept} deadlines can be kept: that proves little`);
  assert.ok(kept >= 0.99 * canBeKept, `${kept} of ${canBeKept} deadlines that can be kept`);
  assert.ok(cost <= 1.15, `${cost.toFixed(3)} times the ideal cost`);
  assert.equal(reversals, 0);
  for (const { seed, kind, toZero } of results) assert.notEqual(toZero, null, `${kind} ${seed} never ends`);
});

test('a seed gives the same outcome each time', () => {
  const scenario = scenarioOf(7, 'rough');
  assert.deepEqual(simulate(scenario, 'verger'), simulate(scenarioOf(7, 'rough'), 'verger'));
});

test('no policy is cheaper than the work itself, and all images are done once', () => {
  const work = STORY.runs.reduce((sum, run) => sum + run.work.reduce((all, one) => all + one, 0), 0);
  for (const policy of ['verger', 'cpu', 'queue', 'most'] as const) {
    const { vcpuSeconds, samples, runs } = simulate(STORY, policy);
    assert.ok(vcpuSeconds > work);
    assert.equal(samples.at(-1)?.backlog, 0);
    assert.ok(runs.every(({ doneAt }) => doneAt !== null));
  }
  assert.ok(idealOf(STORY).vcpuSeconds > work);
});

test('without capacity nothing is done: a group that never launches keeps no deadline', () => {
  const scenario = { ...STORY, shortages: [[0, 1e9]] as const };
  const { runs, vcpuSeconds } = simulate(scenario, 'most');
  assert.deepEqual([runs.some(({ kept }) => kept), vcpuSeconds], [false, 0]);
});

test('ten million images with 1,000 workers are simulated to their end', () => {
  const { runs, samples, toZero } = simulate(largestScenario(), 'most');
  assert.equal(Math.max(...samples.map(({ running }) => running)), 4000);
  assert.ok(runs.every(({ doneAt }) => doneAt !== null) && toZero !== null);
});
