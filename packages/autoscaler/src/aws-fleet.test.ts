import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { defer, type VergerError } from '@verger/core';
import { type FakeAutoScaling, type FakeMode, startFakeAutoScaling } from '@verger/testkit/fake-auto-scaling';
import { until } from '@verger/testkit/queue-harness';
import { openAwsFleet, stateOf } from './aws-fleet.ts';
import { fleetFacts } from './testing/fleet-facts.ts';

const VARIABLES = [
  ...['AWS_ENDPOINT_URL_AUTO_SCALING', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ...['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'AWS_EC2_METADATA_DISABLED', 'AWS_PROFILE'],
];
const kept = VARIABLES.map((name) => [name, process.env[name]] as const);
before(() => {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
});
after(() => {
  for (const [name, value] of kept) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function openApi(t: TestContext): Promise<FakeAutoScaling> {
  const api = await startFakeAutoScaling({
    ...{ name: 'workers', maxSize: 8 },
    launch: async () => {
      const { promise: ended, resolve: stop } = defer<void>();
      return { ended, stop };
    },
  });
  t.after(() => api.close());
  Object.assign(process.env, api.env);
  return api;
}

async function openFleet(t: TestContext, group = 'workers') {
  const api = await openApi(t);
  const fleet = await openAwsFleet(group, undefined);
  t.after(() => fleet.close());
  return { api, fleet };
}

fleetFacts('an Auto Scaling group', async (t) => {
  const { api, fleet } = await openFleet(t);
  const isSettled = (vcpus: number) =>
    api.instances.length === vcpus && api.instances.every(({ state }) => state === 'InService');
  return { fleet, settled: (vcpus) => until(`${vcpus} are in service`, () => isSettled(vcpus)) };
});

test('it makes two calls of its one group, which do not wait for a cooldown', async (t) => {
  const { api, fleet } = await openFleet(t);
  assert.deepEqual((await fleet.describe()).limits, { minVcpus: 0, maxVcpus: 8 });
  await fleet.ask(4);
  const shared = { Version: '2011-01-01' };
  assert.deepEqual(api.calls, [
    { Action: 'DescribeAutoScalingGroups', 'AutoScalingGroupNames.member.1': 'workers', ...shared },
    {
      ...{ Action: 'SetDesiredCapacity', AutoScalingGroupName: 'workers', ...shared },
      ...{ DesiredCapacity: '4', HonorCooldown: 'false' },
    },
  ]);
});

test('instances count by weight and by where they are in their life', () => {
  const instance = (LifecycleState: string, WeightedCapacity?: string) => ({
    ...{ InstanceId: 'i', AvailabilityZone: 'a', HealthStatus: 'Healthy', ProtectedFromScaleIn: false },
    ...{ LifecycleState: LifecycleState as 'InService', WeightedCapacity },
  });
  const group = {
    ...{ AutoScalingGroupName: 'g', MinSize: 0, MaxSize: 64, DesiredCapacity: 20, DefaultCooldown: 0 },
    ...{ AvailabilityZones: [], HealthCheckType: 'EC2', CreatedTime: new Date(0) },
    Instances: [
      ...[instance('InService', '8'), instance('InService'), instance('Pending', '4')],
      ...[instance('Pending:Wait', '2'), instance('Terminating', '4'), instance('Terminating:Wait', '8')],
      ...[instance('Terminated', '8'), instance('Standby', '8'), instance('Warmed:Stopped', '8')],
    ],
  };
  const { limits: _, ...state } = stateOf(group);
  assert.deepEqual(state, { desiredVcpus: 20, inServiceVcpus: 9, bootingVcpus: 6, drainingVcpus: 12 });
});

const CODES: readonly (readonly [FakeMode, string, RegExp])[] = [
  ['throttled', 'E_SCALING_BUSY', /Throttling: Rate exceeded/],
  ['denied', 'E_SCALING_DENIED', /AccessDenied: .*not authorized/],
  ['expired', 'E_SCALING_CREDENTIALS', /ExpiredToken/],
  ['deleted', 'E_SCALING_GROUP', /no such Auto Scaling group/],
  ['broken', 'E_SCALING_UNREACHABLE', /InternalFailure/],
  ['down', 'E_SCALING_UNREACHABLE', /./],
];
for (const [mode, code, words] of CODES) {
  test(`an API that is ${mode} is ${code}, of both calls`, async (t) => {
    const { api, fleet } = await openFleet(t);
    api.mode = mode;
    const isRight = (error: VergerError) => {
      assert.equal(error.code, code);
      assert.match(error.message, words);
      assert.equal(error.place.location, 'workers');
      return true;
    };
    await assert.rejects(fleet.describe(), isRight);
    await assert.rejects(fleet.ask(1), isRight);
    assert.deepEqual(api.set, []);
  });
}

test('a group of another name, more than its limit, and no region have codes of their own', async (t) => {
  const { fleet } = await openFleet(t);
  const other = await openAwsFleet('others', undefined);
  t.after(() => other.close());
  await assert.rejects(other.describe(), { code: 'E_SCALING_GROUP' });
  await assert.rejects(fleet.ask(99), { code: 'E_SCALING_REFUSED' });
  delete process.env['AWS_REGION'];
  const nowhere = await openAwsFleet('workers', undefined);
  t.after(() => nowhere.close());
  await assert.rejects(nowhere.describe(), { code: 'E_SCALING_CREDENTIALS' });
});
