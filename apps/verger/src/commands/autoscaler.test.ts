import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, policyOf } from '@verger/autoscaler';
import { AUTOSCALER_OPTIONS, resolveAutoscaler } from '@verger/runtime';
import { call } from '@verger/testkit/call';
import { autoscaler } from './autoscaler.ts';

const PLACE = { place: ['runs'] };

test('without a place or a queue there is nothing to follow', async () => {
  const nowhere = await call(autoscaler, [], { flags: { redis: 'redis://127.0.0.1:1' } });
  assert.equal(nowhere.error?.code, 'E_USAGE');
  assert.match(nowhere.error.message, /--place or VERGER_PLACES/);
  const { error } = await call(autoscaler, [], { flags: PLACE });
  assert.equal(error?.code, 'E_USAGE');
  assert.match(error.message, /--redis or VERGER_REDIS_URL/);
});

test('a signal that came before ends it unstarted', async () => {
  const flags = { ...PLACE, redis: 'redis://127.0.0.1:1' };
  assert.equal((await call(autoscaler, [], { flags, signal: AbortSignal.abort() })).code, 0);
});

test('the help names the defaults of the policy', () => {
  const options = resolveAutoscaler({ flags: {}, env: {}, file: undefined });
  assert.deepEqual(policyOf(options), DEFAULT_POLICY);
  const textOf = (name: string) => AUTOSCALER_OPTIONS.find((one) => one.name === name)?.defaultText;
  for (const name of [
    'minVcpus',
    'maxVcpus',
    'vcpuStep',
    'bootSeconds',
    'imagesPerVcpuSecond',
    'settleSeconds',
    'usdPerVcpuHour',
  ] as const)
    assert.equal(textOf(name), String(DEFAULT_POLICY[name]), name);
  assert.equal(textOf('target'), `${DEFAULT_POLICY.targetSeconds / 60}m`);
  assert.equal(textOf('interval'), String(options.intervalSeconds));
});

test('limits that allow not even one worker are refused', () => {
  const none = resolveAutoscaler({ flags: {}, env: {}, file: undefined });
  const options = { ...none, maxVcpus: 2 };
  assert.throws(() => policyOf(options), {
    code: 'E_CONFIG',
    message: /--max-vcpus 2: a worker has 4 vCPUs/,
  });
  const poor = { ...none, maxUsdPerHour: 0.1 };
  assert.throws(() => policyOf(poor), { code: 'E_CONFIG', message: /--max-usd-per-hour 0\.1: .*0\.22 USD/ });
});
