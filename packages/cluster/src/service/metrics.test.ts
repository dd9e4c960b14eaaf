import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMetrics } from './metrics.ts';

function metricsOf(t: TestContext, role: 'worker' | 'reducer') {
  const metrics = createMetrics({ role, active: () => 0, connected: () => true, loads: () => 0 });
  t.after(() => metrics.close());
  const value = async (series: string) => {
    const line = (await metrics.registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  return { metrics, value };
}

const TIMINGS = { readMs: 500, decodeMs: 1_500, inferenceMs: 4_000, encodeMs: 250, wallMs: 2_000 };

test('seconds of a try that succeeded are in the histogram of its stage', async (t) => {
  const { metrics, value } = metricsOf(t, 'worker');
  metrics.count({ type: 'attempt:ended', stage: 'extract', ok: true, ms: 2_000, timings: TIMINGS });
  metrics.count({ type: 'attempt:ended', stage: 'extract', ok: true, ms: 20_000, timings: TIMINGS });
  metrics.count({ type: 'attempt:ended', stage: 'project', ok: true, ms: 50 });
  assert.equal(await value('verger_stage_seconds_count{stage="extract"}'), 2);
  assert.equal(await value('verger_stage_seconds_sum{stage="extract"}'), 22);
  assert.equal(await value('verger_stage_seconds_bucket{le="1",stage="extract"}'), 0);
  assert.equal(await value('verger_stage_seconds_bucket{le="3",stage="extract"}'), 1);
  assert.equal(await value('verger_stage_seconds_bucket{le="0.1",stage="project"}'), 1);
});

test('a try that failed is not in the histogram, but where its seconds went is counted', async (t) => {
  const { metrics, value } = metricsOf(t, 'worker');
  metrics.count({ type: 'attempt:ended', stage: 'extract', ok: false, ms: 9_000, timings: TIMINGS });
  metrics.count({ type: 'attempt:ended', stage: 'extract', ok: true, ms: 2_000, timings: TIMINGS });
  assert.equal(await value('verger_stage_seconds_count{stage="extract"}'), 1);
  const parts = ['read', 'decode', 'infer', 'encode'];
  const sums = parts.map((part) => value(`verger_extract_seconds_total{part="${part}"}`));
  assert.deepEqual(await Promise.all(sums), [1, 3, 8, 0.5]);
});

test('the series of a role are at 0 before its first job, those of the other role are not there', async (t) => {
  for (const [role, own, other] of [
    ['worker', 'extract', 'finish'],
    ['reducer', 'finish', 'extract'],
  ] as const) {
    const { value } = metricsOf(t, role);
    assert.equal(await value(`verger_stage_seconds_count{stage="${own}"}`), 0);
    assert.equal(await value(`verger_stage_seconds_count{stage="${other}"}`), undefined);
    const zero = role === 'worker' ? 0 : undefined;
    assert.equal(await value('verger_extract_seconds_total{part="infer"}'), zero);
    assert.equal(await value('verger_images_total{outcome="quarantined"}'), zero);
  }
});
