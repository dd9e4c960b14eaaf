import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobId, PROTOCOL, parsePayload } from './payload.ts';

const GOOD = {
  protocol: PROTOCOL,
  location: 's3://results/run',
  runId: 'run',
  epoch: 3,
  kind: 'extract',
  partition: 42,
  priority: 'normal',
} as const;

const codeOf = (data: unknown) => {
  const read = parsePayload(data);
  return read.ok ? 'ok' : read.code;
};

test('a payload is read back as it was', () => {
  assert.deepEqual(parsePayload(structuredClone(GOOD)), { ok: true, payload: GOOD });
});

test('what is not a payload is E_JOB_PAYLOAD, and says which field', () => {
  for (const poison of [null, 7, 'text', [], {}, { ...GOOD, extra: 1 }, { ...GOOD, epoch: 0 }]) {
    assert.equal(codeOf(poison), 'E_JOB_PAYLOAD', JSON.stringify(poison));
  }
  assert.equal(codeOf({ ...GOOD, runId: '../up' }), 'E_JOB_PAYLOAD');
  assert.equal(codeOf({ ...GOOD, partition: null }), 'E_JOB_PAYLOAD', 'an extract job has a partition');
  assert.equal(codeOf({ ...GOOD, kind: 'reduce' }), 'E_JOB_PAYLOAD', 'a reduce job has none');
  const read = parsePayload({ ...GOOD, priority: 'urgent' });
  assert.match(read.ok ? '' : read.reason, /^priority: /);
});

test('another protocol is E_JOB_PROTOCOL, whatever else the payload holds', () => {
  assert.equal(codeOf({ protocol: PROTOCOL + 1, what: 'ever' }), 'E_JOB_PROTOCOL');
});

test('a job id names run, place, epoch, kind and partition, and holds no colon', () => {
  assert.equal(jobId(GOOD), 'run-dfa60983-e0003-extract-00042');
  assert.equal(jobId({ ...GOOD, kind: 'reduce', partition: null }), 'run-dfa60983-e0003-reduce');
});

test('runs of the same id in two outputs have jobs of their own', () => {
  assert.notEqual(jobId(GOOD), jobId({ ...GOOD, location: 's3://others/run' }));
});
