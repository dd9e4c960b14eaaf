/** The worker fleet, the control box, and what ends workers that nobody needs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { ROOT } from '../src/user-data.ts';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

const templates = { default: templateOf('default'), custom: templateOf('custom') };
const both = Object.entries(templates) as [Variant, ReturnType<typeof templateOf>][];

test('the group starts from nothing, counts vCPUs, takes spot first and replaces what is about to go', () => {
  templates.default.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    AutoScalingGroupName: 'verger-workers',
    MinSize: '0',
    MaxSize: '32',
    DesiredCapacity: Match.absent(),
    CapacityRebalance: true,
    MetricsCollection: [{ Granularity: '1Minute' }],
    MixedInstancesPolicy: {
      InstancesDistribution: {
        SpotAllocationStrategy: 'price-capacity-optimized',
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 0,
      },
      LaunchTemplate: {
        Overrides: [
          { InstanceType: 'c7a.large', WeightedCapacity: '2' },
          { InstanceType: 'c7a.xlarge', WeightedCapacity: '4' },
          { InstanceType: 'c7a.2xlarge', WeightedCapacity: '8' },
        ],
      },
    },
  });
  assert.equal(resourcesOf(templates.default, 'AWS::AutoScaling::AutoScalingGroup').length, 1);
});

test('other sizes, another family, a share on demand and a maximum come from the options', () => {
  templates.custom.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    AutoScalingGroupName: 'trial-2-workers',
    MinSize: '0',
    MaxSize: '500',
    MixedInstancesPolicy: {
      InstancesDistribution: { OnDemandBaseCapacity: 8, OnDemandPercentageAboveBaseCapacity: 25 },
      LaunchTemplate: {
        Overrides: [
          { InstanceType: 'c7g.xlarge', WeightedCapacity: '4' },
          { InstanceType: 'c7g.4xlarge', WeightedCapacity: '16' },
        ],
      },
    },
  });
});

test('an instance that ends has 120 seconds, and ends all the same if nobody completes its hook', () => {
  for (const [name, template] of both) {
    template.resourceCountIs('AWS::AutoScaling::LifecycleHook', 1);
    template.hasResourceProperties('AWS::AutoScaling::LifecycleHook', {
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 120,
      DefaultResult: 'CONTINUE',
      LifecycleHookName: name === 'default' ? 'verger-drain' : 'trial-2-drain',
    });
  }
});

test('instances demand IMDSv2 within two hops, have no key, and encrypted volumes', () => {
  const metadata = { HttpTokens: 'required', HttpPutResponseHopLimit: 2 };
  const volumes = [{ Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true } }];
  for (const [, template] of both) {
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 1);
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: metadata,
        KeyName: Match.absent(),
        BlockDeviceMappings: volumes,
        SecurityGroupIds: [Match.anyValue()],
        InstanceMarketOptions: Match.absent(),
      },
    });
    template.resourceCountIs('AWS::EC2::Instance', 1);
    template.hasResourceProperties('AWS::EC2::Instance', {
      MetadataOptions: metadata,
      KeyName: Match.absent(),
      BlockDeviceMappings: volumes,
    });
    const [launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    const { SecurityGroupIds } = launch!.Properties['LaunchTemplateData'] as Record<string, unknown>;
    assert.match(textOf(SecurityGroupIds), /^<NetworkWorkers\w+\.GroupId>$/);
    const [box] = resourcesOf(template, 'AWS::EC2::Instance');
    const [network] = box!.Properties['NetworkInterfaces'] as Record<string, unknown>[];
    assert.match(textOf(network?.['GroupSet']), /^<NetworkControl\w+\.GroupId>$/);
  }
});

test('the control box is of the architecture of its workers: they share the image', () => {
  const types = both.map(([, template]) => resourcesOf(template, 'AWS::EC2::Instance')[0]?.Properties);
  assert.deepEqual(
    types.map((properties) => properties?.['InstanceType']),
    ['t3a.medium', 't4g.large'],
  );
  assert.match(textOf(types[0]?.['ImageId']), /x8664/);
  assert.match(textOf(types[1]?.['ImageId']), /arm64/);
  for (const [index, [, template]] of both.entries()) {
    const [launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    const { ImageId } = launch!.Properties['LaunchTemplateData'] as Record<string, unknown>;
    assert.equal(textOf(ImageId), textOf(types[index]?.['ImageId']));
  }
});

test('workers that do nothing for 15 minutes are ended by an alarm that an idle group never raises', () => {
  for (const [name, template] of both) {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Threshold: 0,
      EvaluationPeriods: 15,
      DatapointsToAlarm: 15,
      TreatMissingData: 'breaching',
      Metrics: [
        { Expression: 'IF(FILL(desired,1) > 0, FILL(done,0), 1)', ReturnData: true },
        {
          Id: 'desired',
          ReturnData: false,
          MetricStat: {
            Period: 60,
            Metric: { Namespace: 'AWS/AutoScaling', MetricName: 'GroupDesiredCapacity' },
          },
        },
        {
          Id: 'done',
          ReturnData: false,
          MetricStat: { Period: 60, Stat: 'Sum', Metric: { MetricName: 'ImagesDone' } },
        },
      ],
    });
    template.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', {
      PolicyType: 'StepScaling',
      AdjustmentType: 'ExactCapacity',
      StepAdjustments: [
        { MetricIntervalUpperBound: 0, ScalingAdjustment: 0 },
        { MetricIntervalLowerBound: 0, ScalingAdjustment: 0 },
      ],
    });
    template.resourceCountIs('AWS::AutoScaling::ScalingPolicy', 1);
    const [alarm] = resourcesOf(template, 'AWS::CloudWatch::Alarm');
    assert.match(textOf(alarm?.Properties['AlarmActions']), /^<SafetyNetToNothing\w+>$/);
    const namespace = name === 'default' ? 'verger/verger' : 'verger/trial-2';
    assert.ok(JSON.stringify(alarm).includes(`"Namespace":"${namespace}"`));
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ $.msg = "progress" }',
      LogGroupName: { Ref: Match.stringLikeRegexp('^Logscontrol') },
      MetricTransformations: [
        { MetricNamespace: namespace, MetricName: 'ImagesDone', MetricValue: '$.imagesDone' },
      ],
    });
  }
});

/** User data of workers and of the control box, as text. */
function userDataOf(template: ReturnType<typeof templateOf>) {
  const [launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
  const [box] = resourcesOf(template, 'AWS::EC2::Instance');
  const { UserData } = launch!.Properties['LaunchTemplateData'] as Record<string, unknown>;
  return { worker: textOf(UserData), control: textOf(box?.Properties['UserData']) };
}

const settingsOf = (text: string) =>
  Object.fromEntries(
    (/settings <<'VERGER_END'\n([\s\S]*?)\nVERGER_END/.exec(text)?.[1] ?? '')
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;

test('user data fits into 16 kB, with 2 kB for references that are longer than here', () => {
  for (const [name, template] of both) {
    for (const text of Object.values(userDataOf(template))) {
      assert.ok(Buffer.byteLength(text) < 14 * 1024, `${name}: ${Buffer.byteLength(text)} bytes`);
    }
  }
});

test('a worker has its settings and scripts on it, the control box fetches its files', () => {
  const { worker, control } = userDataOf(templates.default);
  const common = ['REGION', 'IMAGE', 'REGISTRY', 'ALLOW_ROOTS', 'GROUP', 'LOG_GROUP', 'REDIS_SECRET'];
  assert.deepEqual(
    Object.keys(settingsOf(worker)).sort(),
    [...common, 'REDIS_HOST', 'HOOK', 'GRACE_SECONDS'].sort(),
  );
  assert.deepEqual(
    Object.keys(settingsOf(control)).sort(),
    [...common, 'PLACES', 'DASHBOARD_SECRET', 'MAX_VCPUS', 'VCPU_STEP'].sort(),
  );
  // As the group has it: its maximum, and the weight of its smallest instance.
  const limits = Object.values(templates).map((template) => settingsOf(userDataOf(template).control));
  assert.deepEqual(
    limits.map(({ MAX_VCPUS, VCPU_STEP }) => [MAX_VCPUS, VCPU_STEP]),
    [
      ['32', '2'],
      ['500', '4'],
    ],
  );
  const settings = settingsOf(worker);
  assert.match(settings['REDIS_HOST'] ?? '', /^<ControlInstance\w+\.PrivateIp>$/);
  assert.match(settings['REDIS_SECRET'] ?? '', /^<Passwordsworker\w+>$/);
  assert.match(settings['ALLOW_ROOTS'] ?? '', /^s3:\/\/photos,s3:\/\/<BucketsResults\w+>$/);
  assert.ok(Number(settings['GRACE_SECONDS']) < 120);
  for (const text of [worker, control]) assert.match(text, /^install -d -m 0700 \/etc\/verger$/m);
  for (const script of ['worker.sh', 'drain-agent.sh']) {
    assert.ok(worker.includes(readFileSync(join(ROOT, 'infra/aws/host', script), 'utf8').trimEnd()), script);
  }
  assert.match(control, /aws s3 cp --only-show-errors --region eu-west-1 s3:\/\/\S+\.zip \/tmp\/verger\.zip/);
  assert.match(control, /exec bash \/opt\/verger\/infra\/aws\/host\/control\.sh\n*$/);
});

test('with TLS both kinds of instances know where its authority is, and the stack removes it', () => {
  const { worker, control } = userDataOf(templates.custom);
  for (const text of [worker, control])
    assert.equal(settingsOf(text)['VERGER_TLS'], '/verger/trial-2/queue-ca');
  templates.custom.hasResourceProperties('AWS::SSM::Parameter', { Name: '/verger/trial-2/queue-ca' });
  templates.default.resourceCountIs('AWS::SSM::Parameter', 0);
});

test('logs are kept for a while, not forever', () => {
  for (const [name, template] of both) {
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: name === 'default' ? 30 : 7 });
  }
});

test('the budget is asked for by an address, and warns before the money is spent', () => {
  templates.default.resourceCountIs('AWS::Budgets::Budget', 0);
  templates.default.hasOutput('BudgetAlarm', { Value: Match.stringLikeRegexp('^none') });
  templates.custom.hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 20, Unit: 'USD' } },
    NotificationsWithSubscribers: ['ACTUAL', 'ACTUAL', 'FORECASTED'].map((NotificationType) => ({
      Notification: { NotificationType, ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'someone@example.com' }],
    })),
  });
});

test('the outputs say how to reach everything, and that the results stay', () => {
  for (const [name, template] of both) {
    const outputs = template.findOutputs('*');
    const said = Object.fromEntries(
      Object.entries(outputs).map(([key, { Value }]) => [key, textOf(Value as unknown)]),
    );
    const region = name === 'default' ? 'eu-west-1' : 'us-east-1';
    for (const [key, port] of [
      ['DashboardTunnel', 3000],
      ['QueueTunnel', 6379],
    ] as const) {
      assert.match(
        said[key] ?? '',
        new RegExp(`^aws ssm start-session --region ${region} --target <Control`),
      );
      assert.match(said[key] ?? '', new RegExp(`portNumber=${port},localPortNumber=${port}$`));
    }
    assert.match(said['ResultsStay'] ?? '', /^cdk destroy leaves the bucket <BucketsResults/);
    assert.match(said['QueueUrl'] ?? '', name === 'default' ? /^redis:/ : /^rediss:/);
    assert.equal(said['QueueAuthority'] !== undefined, name === 'custom');
    assert.match(said['WorkerGroup'] ?? '', /^<WorkersGroup/);
    assert.match(said['CoordinatorPolicy'] ?? '', /^<Coordinator/);
  }
});
