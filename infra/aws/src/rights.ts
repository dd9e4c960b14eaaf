/**
 * Who may do what: statements for the three roles (worker, control box, coordinator), as data. docs/cluster.md
 * has the table of the S3 calls; here it is as narrow as AWS can say it.
 */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** ARNs and names that the statements are about. */
export interface Places {
  /** ARNs of buckets. */
  readonly input: string;
  readonly results: string;
  readonly group: string;
  /** ARNs of ECR repositories. */
  readonly images: string;
  /** ARN of all instances of the account in the region, which Systems Manager reports on. */
  readonly instances: string;
  /** ARN of the parameter with the certificate of the queue's authority; null without TLS. */
  readonly authority: string | null;
}

const allow = (sid: string, actions: string[], resources: string[]) =>
  new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources });

/** What AWS offers no narrower resource for. Tests allow `*` for these alone. */
export const WITHOUT_RESOURCE = [
  'autoscaling:DescribeAutoScalingGroups',
  'ecr:GetAuthorizationToken',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
] as const;

/** Refuses to write over an object: puts must say `If-None-Match`. */
function createOnly(on: { resources: string[] } | { notResources: string[] }): PolicyStatement {
  return new PolicyStatement({
    sid: 'CreateOnly',
    effect: Effect.DENY,
    actions: ['s3:PutObject'],
    ...on,
    conditions: { Null: { 's3:if-none-match': 'true' } },
  });
}

/** What every instance does: pull the image, log, and be reached through Session Manager (no parameters). */
function instanceRights({ images, instances }: Places, logGroup: string): PolicyStatement[] {
  const channels = WITHOUT_RESOURCE.filter((action) => action.startsWith('ssmmessages:'));
  return [
    allow('Login', ['ecr:GetAuthorizationToken'], ['*']),
    allow('Pull', ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [images]),
    allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logGroup}:*`]),
    allow('Session', channels, ['*']),
    allow('Registered', ['ssm:UpdateInstanceInformation'], [instances]),
  ];
}

/**
 * A worker reads images, reads and creates results, and leaves its group: it ends its
 * lifecycle hook, or says that the instance is broken. It deletes nothing, and
 * writes over projections alone, which are replaced when the model changed. `secrets` are ARNs.
 */
export function workerRights(
  places: Places,
  { logGroup, secrets }: { logGroup: string; secrets: string[] },
): PolicyStatement[] {
  const { input, results, group, authority } = places;
  return [
    allow('ReadInput', ['s3:GetObject'], [`${input}/*`]),
    allow('ListResults', ['s3:ListBucket'], [results]),
    allow('Results', ['s3:GetObject', 's3:PutObject'], [`${results}/*`]),
    createOnly({ notResources: [`${results}/*/projection/*`] }),
    allow('OwnPassword', ['secretsmanager:GetSecretValue'], secrets),
    allow('Leave', ['autoscaling:CompleteLifecycleAction', 'autoscaling:SetInstanceHealth'], [group]),
    ...(authority === null ? [] : [allow('Authority', ['ssm:GetParameter'], [authority])]),
    ...instanceRights(places, logGroup),
  ];
}

/** What no process on the control box writes over. A repair does, which the coordinator's user runs. */
const FROZEN = [
  'manifest.json',
  'calibration.json',
  'epochs/*',
  'listing/*',
  'features/*',
  'sums/*',
  'commits/*',
];

/**
 * The control box reduces and finishes runs, sets the capacity of the one group, writes `scaling.json` and
 * shows everything. It deletes what a new epoch makes again, nothing else. `files` are ARNs of objects that it
 * is set up from.
 */
export function controlRights(
  places: Places,
  { logGroup, secrets, files }: { logGroup: string; secrets: string[]; files: string[] },
): PolicyStatement[] {
  const { input, results, group, authority } = places;
  const objects = `${results}/*`;
  return [
    allow('ReadInput', ['s3:GetObject'], [`${input}/*`]),
    allow('ListResults', ['s3:ListBucket'], [results]),
    allow('Results', ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], [objects]),
    allow(
      'Reopen',
      ['s3:DeleteObject'],
      ['_SUCCESS', 'result.csv', 'scaling.json'].map((file) => `${objects}/${file}`),
    ),
    createOnly({ resources: FROZEN.map((file) => `${objects}/${file}`) }),
    allow('Passwords', ['secretsmanager:GetSecretValue'], secrets),
    allow('SetUp', ['s3:GetObject'], files),
    allow('Scale', ['autoscaling:SetDesiredCapacity'], [group]),
    allow('SeeGroups', ['autoscaling:DescribeAutoScalingGroups'], ['*']),
    ...(authority === null ? [] : [allow('Authority', ['ssm:PutParameter'], [authority])]),
    ...instanceRights(places, logGroup),
  ];
}

/**
 * Whoever runs `verger run`: lists images, owns the results, and reaches queue and dashboard through Session
 * Manager. `control` is the ARN of the control box, `document` that of AWS's document for port forwarding,
 * `sessions` that of the caller's own sessions.
 */
export function coordinatorRights(
  { input, results, authority }: Places,
  tunnel: { control: string; document: string; sessions: string; secrets: string[] },
): PolicyStatement[] {
  const own = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];
  return [
    allow('ListBuckets', ['s3:ListBucket'], [input, results]),
    allow('ReadInput', ['s3:GetObject'], [`${input}/*`]),
    allow('Results', own, [`${results}/*`]),
    new PolicyStatement({
      sid: 'Tunnel',
      effect: Effect.ALLOW,
      actions: ['ssm:StartSession'],
      resources: [tunnel.control, tunnel.document],
      // Else a session without a document, which is a shell as root, is not checked against `resources`.
      conditions: { BoolIfExists: { 'ssm:SessionDocumentAccessCheck': 'true' } },
    }),
    allow('EndTunnel', ['ssm:TerminateSession', 'ssm:ResumeSession'], [tunnel.sessions]),
    allow('Passwords', ['secretsmanager:GetSecretValue'], tunnel.secrets),
    ...(authority === null ? [] : [allow('Authority', ['ssm:GetParameter'], [authority])]),
  ];
}
