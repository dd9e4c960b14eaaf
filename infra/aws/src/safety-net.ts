/** The safety net: an alarm that ends workers when none of them finishes an image for 15 minutes. */
import { Duration } from 'aws-cdk-lib';
import { type AutoScalingGroup, CfnScalingPolicy } from 'aws-cdk-lib/aws-autoscaling';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const MINUTES = 15;

/**
 * Sets the capacity of the group to 0 when the autoscaler's log reported no image done in 15 minutes. A group
 * without running instances in any of these minutes never raises it: it may be waiting for spot capacity. It
 * needs neither autoscaler nor queue nor control box: missing data counts as no image done.
 */
export class SafetyNet extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { group, logGroup, name }: { group: AutoScalingGroup; logGroup: ILogGroup; name: string },
  ) {
    super(scope, id);
    const period = Duration.minutes(1);
    const metricNamespace = `verger/${name}`;
    const metricName = 'ImagesDone';
    new MetricFilter(this, 'ImagesDone', {
      logGroup,
      filterPattern: FilterPattern.stringValue('$.msg', '=', 'progress'),
      metricNamespace,
      metricName,
      metricValue: '$.imagesDone',
    });
    const done = new Metric({ namespace: metricNamespace, metricName, statistic: 'Sum', period });
    const running = new Metric({
      namespace: 'AWS/AutoScaling',
      metricName: 'GroupInServiceCapacity',
      dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
      statistic: 'Maximum',
      period,
    });
    const alarm = new Alarm(this, 'NothingDone', {
      alarmDescription: `${name}: instances ran for ${MINUTES} minutes and no image was done`,
      metric: new MathExpression({
        expression: 'IF(FILL(running,1) > 0, FILL(done,0), 1)',
        label: 'images done, or 1 when no instance runs',
        usingMetrics: { running, done },
        period,
      }),
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 0,
      evaluationPeriods: MINUTES,
      datapointsToAlarm: MINUTES,
      treatMissingData: TreatMissingData.BREACHING,
    });
    const toNothing = new CfnScalingPolicy(this, 'ToNothing', {
      autoScalingGroupName: group.autoScalingGroupName,
      policyType: 'StepScaling',
      adjustmentType: 'ExactCapacity',
      // Both sides of the threshold, whichever a value that equals it counts for.
      stepAdjustments: [
        { metricIntervalUpperBound: 0, scalingAdjustment: 0 },
        { metricIntervalLowerBound: 0, scalingAdjustment: 0 },
      ],
    });
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: toNothing.ref }) });
  }
}
