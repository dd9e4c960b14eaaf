/** What keeps the bill small when something fails, and the outputs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

const templates = { default: templateOf('default'), custom: templateOf('custom') };
const both = Object.entries(templates) as [Variant, ReturnType<typeof templateOf>][];

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
        { Expression: 'IF(FILL(running,1) > 0, FILL(done,0), 1)', ReturnData: true },
        {
          Id: 'running',
          ReturnData: false,
          MetricStat: {
            Period: 60,
            Metric: { Namespace: 'AWS/AutoScaling', MetricName: 'GroupInServiceCapacity' },
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
