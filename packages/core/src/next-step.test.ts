import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextStep, type RunFacts, runState } from './next-step.ts';

const fresh: RunFacts = {
  epoch: 1,
  model: false,
  success: false,
  extracted: null,
  projected: new Set(),
  cancelled: false,
  failed: false,
};
const three = { partitions: [0, 1, 2] };
const all = new Set([0, 1, 2]);

test('partitions without a commit are extracted first, in order', () => {
  assert.deepEqual(nextStep(three, new Set([1]), fresh), { step: 'extract', partitions: [0, 2] });
});

test('a model that lies there before every commit does not skip a partition', () => {
  const step = nextStep(three, new Set([0, 1]), { ...fresh, model: true, projected: all });
  assert.deepEqual(step, { step: 'extract', partitions: [2] });
});

test('when all are committed the sums are reduced, then projected, then the run is finished', () => {
  const committed = { ...fresh, extracted: 9 };
  assert.deepEqual(nextStep(three, all, committed), { step: 'reduce' });
  const fitted = { ...committed, model: true };
  assert.deepEqual(nextStep(three, all, { ...fitted, projected: new Set([2]) }), {
    step: 'project',
    partitions: [0, 1],
  });
  assert.deepEqual(nextStep(three, all, { ...fitted, projected: all }), { step: 'finish' });
});

test('a run whose images are all in quarantine has nothing to reduce', () => {
  assert.deepEqual(nextStep(three, all, { ...fresh, extracted: 0 }), { step: 'finish' });
});

test('_SUCCESS ends everything', () => {
  assert.deepEqual(nextStep(three, new Set(), { ...fresh, success: true }), { step: 'done' });
});

test('the state of a run follows from its files', () => {
  assert.equal(runState({ ...fresh, epoch: 0 }), 'planned');
  assert.equal(runState(fresh), 'running');
  assert.equal(runState({ ...fresh, failed: true }), 'failed');
  assert.equal(runState({ ...fresh, failed: true, cancelled: true }), 'cancelled');
  assert.equal(runState({ ...fresh, cancelled: true, success: true }), 'done');
});
