/** Findings of cdk-nag (its pack AwsSolutions) that we live with, each with its reason; a test knows them all. */
import { type CfnElement, type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Options } from './options.ts';
import { workerNames } from './workers.ts';

/** Constructs with findings. */
export interface Examined {
  readonly options: Options;
  readonly network: IConstruct;
  readonly results: IConstruct;
  readonly passwords: IConstruct;
  readonly control: IConstruct;
  readonly workers: IConstruct;
  readonly roles: Readonly<Record<'control' | 'worker' | 'coordinator', IConstruct>>;
  readonly logs: Readonly<Record<'control' | 'workers', IConstruct>>;
}

const COST = 'It costs more than what it would watch';

/** Acknowledges them one by one, on the construct that has the finding. */
export function acknowledgeFindings(stack: Stack, examined: Examined): void {
  const { network, results, passwords, control, workers, roles } = examined;
  const acknowledge = (on: IConstruct, rule: string, reason: string) =>
    Validations.of(on).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  acknowledge(network, 'VPC7', `${COST}: nothing comes in, and what goes out is HTTPS.`);
  acknowledge(results, 'S1', 'An access log would need a bucket of its own; verify finds what was changed.');
  acknowledge(
    passwords,
    'SMG4',
    'A rotation would have to restart queue and workers; control.sh applies passwords that were changed.',
  );
  const crash =
    'The rule crashes without a launch template of its own; tests assert that volumes are encrypted.';
  acknowledge(control, 'EC26', crash);
  acknowledge(workers, 'EC26', crash);
  acknowledge(control, 'EC28', 'Metrics of a minute are not needed of a box that waits most of the time.');
  acknowledge(control, 'EC29', 'The box holds nothing that cannot be made again; a new image replaces it.');
  acknowledge(workers, 'AS3', 'The autoscaler logs what it does, and why, with the runs.');
  for (const [role, wildcards] of Object.entries(wildcardsOf(stack, examined))) {
    for (const [resource, reason] of Object.entries(wildcards)) {
      acknowledge(roles[role as keyof typeof roles], `IAM5[Resource::${resource}]`, reason);
    }
  }
}

type Wildcards = Record<string, string>;

/** Resources with a `*` by role, as cdk-nag writes them, and why they have it. */
function wildcardsOf(stack: Stack, { options, results, logs }: Examined): Record<string, Wildcards> {
  const arnOf = (on: IConstruct) => `<${stack.getLogicalId(on.node.defaultChild as CfnElement)}.Arn>`;
  const objects = `${arnOf(results)}/*`;
  const own = (service: string, resource: string) =>
    `arn:aws:${service}:${options.region}:<AWS::AccountId>:${resource}`;
  const data = {
    [`arn:aws:s3:::${options.inputBucket}/*`]: 'Images of the one input bucket, by whatever name.',
    [objects]: 'Results of the one bucket; names of runs are not known here.',
  };
  const instance = (logGroup: IConstruct) => ({
    '*': 'For the actions of WITHOUT_RESOURCE alone, which AWS offers no resource for; a test holds that.',
    [`${arnOf(logGroup)}:*`]: 'The streams of the one log group.',
    [own('ec2', 'instance/*')]: 'The id of the instance is not known before it is started.',
    [own('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${workerNames(options.name).group}`)]:
      'The one group, by its name; its id is not known before it is made.',
  });
  const reopened = 'One file per run, whatever the run is called.';
  return {
    worker: { ...data, ...instance(logs.workers) },
    control: {
      ...data,
      ...instance(logs.control),
      [`${objects}/_SUCCESS`]: reopened,
      [`${objects}/result.csv`]: reopened,
      [`${objects}/scaling.json`]: reopened,
    },
    coordinator: { ...data, [own('ssm', 'session/<aws:userid>-*')]: "The caller's own sessions." },
  };
}
