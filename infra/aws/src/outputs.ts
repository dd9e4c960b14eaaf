/** What `cdk deploy` prints, and `aws cloudformation describe-stacks` afterwards. */
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ControlBox } from './control-box.ts';
import { QUEUE_PORT } from './network.ts';
import type { Options } from './options.ts';
import type { Passwords } from './secrets.ts';
import { authorityName } from './shared.ts';
import type { Buckets } from './storage.ts';
import type { Workers } from './workers.ts';

/** What the outputs are about. */
export interface Made {
  readonly options: Options;
  readonly buckets: Buckets;
  readonly passwords: Passwords;
  readonly control: ControlBox;
  readonly workers: Workers;
  readonly policy: ManagedPolicy;
  readonly logs: Readonly<Record<'control' | 'workers', ILogGroup>>;
}

/** Adds the outputs: places, names, and commands to be copied. No secret is among them. */
export function addOutputs(stack: Stack, made: Made): void {
  const { options, buckets, passwords, control, workers, policy, logs } = made;
  const { region } = options;
  const { bucketName } = buckets.results;
  const tunnel = (port: number) =>
    `aws ssm start-session --region ${region} --target ${control.instance.instanceId}` +
    ' --document-name AWS-StartPortForwardingSession' +
    ` --parameters portNumber=${port},localPortNumber=${port}`;
  const password = (name: string) =>
    `aws secretsmanager get-secret-value --region ${region} --secret-id ${name}` +
    ' --query SecretString --output text';
  const scheme = options.tls ? 'rediss' : 'redis';
  const values: Record<string, string> = {
    Region: region,
    Input: `s3://${buckets.input.bucketName}`,
    Results: `s3://${bucketName}`,
    ResultsStay:
      `cdk destroy leaves the bucket ${bucketName} with all results. ` +
      `To delete it as well: aws s3 rb --force s3://${bucketName}`,
    WorkerGroup: workers.group.autoScalingGroupName,
    ControlBox: control.instance.instanceId,
    DashboardTunnel: tunnel(3000),
    DashboardUrl: 'http://127.0.0.1:3000',
    DashboardPassword: password(passwords.dashboardName),
    QueueTunnel: tunnel(QUEUE_PORT),
    QueueUrl: `${scheme}://verger-coordinator:PASSWORD@127.0.0.1:${QUEUE_PORT}`,
    QueuePassword: password(`${passwords.queuePrefix}coordinator`),
    CoordinatorPolicy: policy.managedPolicyArn,
    ControlLogs: logs.control.logGroupName,
    WorkerLogs: logs.workers.logGroupName,
    BudgetAlarm:
      options.budgetEmail === undefined
        ? 'none: deploy with -c budgetEmail=ADDRESS to be warned'
        : `${options.budgetUsd} USD a month, of the whole account, by e-mail`,
  };
  if (options.tls) {
    values['QueueAuthority'] =
      `aws ssm get-parameter --region ${region} --name ${authorityName(options.name)}` +
      ' --query Parameter.Value --output text';
  }
  for (const [key, value] of Object.entries(values)) new CfnOutput(stack, key, { value });
}
