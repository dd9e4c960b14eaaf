import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveAutoscaler } from './resolve-autoscaler.ts';

const none = { flags: {}, env: {}, file: undefined };

test('without options the autoscaler only tells, looks every 10 s, and leaves the rest to its policy', () => {
  assert.deepEqual(resolveAutoscaler(none), {
    ...{ places: [], group: null, minVcpus: null, maxVcpus: null, vcpuStep: null, targetSeconds: null },
    ...{
      bootSeconds: null,
      imagesPerVcpuSecond: null,
      settleSeconds: null,
      usdPerVcpuHour: null,
      maxUsdPerHour: null,
    },
    intervalSeconds: 10,
  });
});

test('times, prices and limits are read from flags, variables and the file', () => {
  const env = { VERGER_PLACES: 's3://results', VERGER_TARGET: '1.5h', VERGER_USD_PER_VCPU_HOUR: '0.0275' };
  const file = { maxUsdPerHour: 12.5, group: 'verger-workers' };
  const flags = { maxVcpus: '96', minVcpus: '8', interval: '5' };
  const options = resolveAutoscaler({ flags, env, file });
  assert.deepEqual([options.places, options.targetSeconds], [['s3://results'], 5_400]);
  assert.deepEqual([options.usdPerVcpuHour, options.maxUsdPerHour], [0.0275, 12.5]);
  assert.deepEqual([options.minVcpus, options.maxVcpus, options.intervalSeconds], [8, 96, 5]);
  assert.equal(options.group, 'verger-workers');
});

test('what is no time, no price or no limit is refused, and a minimum above the maximum', () => {
  const wrong = [{ target: '18:30' }, { target: '0m' }, { maxUsdPerHour: '0' }, { usdPerVcpuHour: '5 USD' }];
  for (const flags of [...wrong, { minVcpus: '-1' }, { vcpuStep: '0' }, { interval: '0' }])
    assert.throws(() => resolveAutoscaler({ ...none, flags }), { code: 'E_CONFIG' }, JSON.stringify(flags));
  const flags = { minVcpus: '9', maxVcpus: '8' };
  assert.throws(() => resolveAutoscaler({ ...none, flags }), /--min-vcpus must not be more than --max-vcpus/);
});
