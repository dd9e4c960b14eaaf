/** The table of what each role may do, by the synthesized templates; and what the host scripts call. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { verdictOf } from './evaluate.ts';
import { ACCOUNT, type Role, readPolicies, templatesMissing } from './template.ts';

const EVERYBODY: readonly Role[] = ['worker', 'control', 'coordinator'];
const CREATES = { 's3:if-none-match': '*' };
const RUN = 'arn:aws:s3:::results/run-1';
const GROUP = 'autoScalingGroup:b5a1:autoScalingGroupName';

interface Row {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Who may; nobody else may. */
  readonly may: readonly Role[];
}

/** `input` is the bucket of images, `name` that of the stack. */
const rows = (region: string, { input, name }: { input: string; name: string }): Row[] => {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
  const group = arn('autoscaling', `${GROUP}/${name}-workers`);
  const secret = (of: string) => arn('secretsmanager', `secret:${name}/${of}-AbCdEf`);
  const row = (action: string, resource: string, may: readonly Role[], context = {}): Row => ({
    ...{ action, resource, may, context },
  });
  const frozen = ['manifest.json', 'epochs/0001.json', 'listing/part-1.jsonl', 'features/part-1.parquet'];
  return [
    // Images: read by all, listed by who plans, written by nobody.
    row('s3:GetObject', `arn:aws:s3:::${input}/a/b.jpg`, EVERYBODY),
    row('s3:ListBucket', `arn:aws:s3:::${input}`, ['coordinator']),
    row('s3:PutObject', `arn:aws:s3:::${input}/a.jpg`, [], CREATES),
    row('s3:DeleteObject', `arn:aws:s3:::${input}/a.jpg`, []),
    // Results: read and created by all; written over only where a file is replaced.
    row('s3:ListBucket', 'arn:aws:s3:::results', EVERYBODY),
    row('s3:GetObject', `${RUN}/manifest.json`, EVERYBODY),
    ...[...frozen, 'sums/part-1.sums', 'commits/part-1.json'].flatMap((file) => [
      row('s3:PutObject', `${RUN}/${file}`, EVERYBODY, CREATES),
      row('s3:PutObject', `${RUN}/${file}`, ['coordinator']),
    ]),
    row('s3:PutObject', `${RUN}/projection/part-1.parquet`, EVERYBODY),
    row('s3:PutObject', `${RUN}/report.json`, ['control', 'coordinator']),
    row('s3:PutObject', `${RUN}/timeline.json`, ['control', 'coordinator']),
    row('s3:PutObject', `${RUN}/report.html`, ['control', 'coordinator']),
    row('s3:PutObject', `${RUN}/scaling.json`, ['control', 'coordinator']),
    row('s3:PutObject', `${RUN}/_SUCCESS`, ['control', 'coordinator']),
    // Nothing of a finished partition is deleted but by its owner.
    ...[...frozen, 'commits/part-1.json', 'pca/model.json', 'report.json', 'projection/part-1.parquet'].map(
      (file) => row('s3:DeleteObject', `${RUN}/${file}`, ['coordinator']),
    ),
    row('s3:DeleteObject', `${RUN}/_SUCCESS`, ['control', 'coordinator']),
    row('s3:DeleteObject', `${RUN}/scaling.json`, ['control', 'coordinator']),
    row('s3:AbortMultipartUpload', `${RUN}/result.csv`, ['control', 'coordinator']),
    row('s3:DeleteObjectVersion', `${RUN}/manifest.json`, []),
    ...[
      's3:DeleteBucket',
      's3:PutBucketPolicy',
      's3:PutLifecycleConfiguration',
      's3:PutBucketVersioning',
    ].map((action) => row(action, 'arn:aws:s3:::results', [])),
    row('s3:PutObjectAcl', `${RUN}/manifest.json`, []),
    // Without TLS, or with an old one, nobody.
    row('s3:GetObject', `${RUN}/manifest.json`, [], { 'aws:SecureTransport': 'false' }),
    row('s3:GetObject', `${RUN}/manifest.json`, [], { 's3:TlsVersion': '1.1' }),
    // Other buckets, as near as names can be.
    ...['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].flatMap((action) => [
      row(action, `arn:aws:s3:::${input}-old/a.jpg`, [], CREATES),
      row(action, 'arn:aws:s3:::results-old/run-1/manifest.json', [], CREATES),
    ]),
    row('s3:ListBucket', 'arn:aws:s3:::somebody-elses', []),
    // The group.
    row('autoscaling:DescribeAutoScalingGroups', '*', ['control']),
    row('autoscaling:SetDesiredCapacity', group, ['control']),
    row('autoscaling:SetDesiredCapacity', group.replace(`${name}-workers`, 'other-workers'), []),
    row('autoscaling:SetDesiredCapacity', `${group}-2`, []),
    ...['CompleteLifecycleAction', 'SetInstanceHealth'].flatMap((action) => [
      row(`autoscaling:${action}`, group, ['worker']),
      row(`autoscaling:${action}`, `${group}-2`, []),
    ]),
    ...['UpdateAutoScalingGroup', 'DeleteAutoScalingGroup', 'TerminateInstanceInAutoScalingGroup'].map(
      (action) => row(`autoscaling:${action}`, group, []),
    ),
    ...['RunInstances', 'TerminateInstances', 'CreateTags'].map((action) =>
      row(`ec2:${action}`, arn('ec2', 'instance/*'), []),
    ),
    row('iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/any`, []),
    row('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/any`, []),
    // Passwords.
    row('secretsmanager:GetSecretValue', secret('queue/worker'), ['worker', 'control']),
    row('secretsmanager:GetSecretValue', secret('queue/coordinator'), ['control', 'coordinator']),
    row('secretsmanager:GetSecretValue', secret('dashboard-password'), ['control', 'coordinator']),
    row('secretsmanager:GetSecretValue', secret('queue/reducer'), ['control']),
    row('secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:other-AbCdEf'), []),
    row('secretsmanager:PutSecretValue', secret('queue/worker'), []),
    // Logs, images, sessions.
    row('logs:PutLogEvents', arn('logs', `log-group:/verger/${name}/workers:log-stream:worker/i-0`), [
      'worker',
    ]),
    row('logs:PutLogEvents', arn('logs', `log-group:/verger/${name}/control:log-stream:x`), ['control']),
    row('logs:PutLogEvents', arn('logs', 'log-group:/other:log-stream:x'), []),
    row('logs:DeleteLogGroup', arn('logs', `log-group:/verger/${name}/workers`), []),
    row('ecr:PutImage', arn('ecr', 'repository/any'), []),
    // The agent of Session Manager is authorised on the instance as EC2 names it.
    row('ssm:UpdateInstanceInformation', arn('ec2', 'instance/i-0any'), ['worker', 'control']),
    row('ssm:StartSession', arn('ec2', 'instance/i-0control'), ['coordinator']),
    // A shell: a session whose document is not checked.
    row('ssm:StartSession', arn('ec2', 'instance/i-0control'), [], {
      'ssm:SessionDocumentAccessCheck': 'false',
    }),
    row('ssm:StartSession', `arn:aws:ssm:${region}::document/AWS-StartPortForwardingSession`, [
      'coordinator',
    ]),
    row('ssm:StartSession', arn('ssm', 'document/SSM-SessionManagerRunShell'), []),
    row('ssm:StartSession', arn('ec2', 'instance/i-0other'), []),
    row('ssm:SendCommand', arn('ec2', 'instance/i-0control'), []),
  ];
};

const SECURE = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };

suite('the table of rights', { skip: templatesMissing }, () => {
  for (const [variant, region, input, name] of [
    ['default', 'eu-west-1', 'photos', 'verger'],
    ['custom', 'us-east-1', 'other.photos', 'trial-2'],
  ] as const) {
    test(`each role may do its own and nothing else: ${variant}`, () => {
      const policies = readPolicies(variant, region);
      const wrong = rows(region, { input, name }).flatMap(({ action, resource, context = {}, may }) =>
        EVERYBODY.flatMap((role) => {
          const request = { action, resource, context: { ...SECURE, ...context } };
          const verdict = verdictOf(policies.of(role), request);
          const isRight = (verdict === 'allowed') === may.includes(role);
          return isRight ? [] : [`${role} ${action} ${resource} ${JSON.stringify(context)}: ${verdict}`];
        }),
      );
      assert.deepEqual(wrong, []);
    });
  }

  test('what a worker writes over without a condition is refused by a Deny, not by a missing Allow', () => {
    const policies = readPolicies('default', 'eu-west-1');
    for (const role of ['worker', 'control'] as const) {
      const request = { action: 's3:PutObject', resource: `${RUN}/commits/part-1.json`, context: SECURE };
      assert.equal(verdictOf(policies.of(role), request), 'denied');
    }
  });

  test('every call of the aws command in the scripts of an instance is allowed to its role', () => {
    const policies = readPolicies('custom', 'us-east-1');
    const seen = new Set<string>();
    for (const [script, roles] of Object.entries(SCRIPTS)) {
      for (const command of awsCommands(script)) {
        for (const role of roles) {
          const [action, resource] =
            CALLS[command] ?? assert.fail(`${script}: aws ${command} has no line here`);
          const of = { worker: 'workers', control: 'control', coordinator: '' }[role];
          const request = { action, resource: resource(of), context: {} };
          assert.equal(verdictOf(policies.of(role), request), 'allowed', `${role}: aws ${command}`);
          seen.add(command);
        }
      }
    }
    assert.deepEqual([...seen].sort(), Object.keys(CALLS).sort(), 'no line is too many');
  });
});

/** Which roles run a script of infra/aws/host. */
const SCRIPTS: Readonly<Record<string, readonly Role[]>> = {
  'common.sh': ['worker', 'control'],
  'worker.sh': ['worker'],
  'drain-agent.sh': ['worker'],
  'control.sh': ['control'],
  'queue-certificate.sh': ['control'],
  'install-compose.sh': ['control'],
};
const custom = (service: string, rest: string) => () => `arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`;
const CALLS: Readonly<Record<string, readonly [string, (of: string) => string]>> = {
  'ecr get-login-password': ['ecr:GetAuthorizationToken', () => '*'],
  'secretsmanager get-secret-value': [
    'secretsmanager:GetSecretValue',
    custom('secretsmanager', 'secret:trial-2/queue/worker-AbCdEf'),
  ],
  'logs create-log-stream': [
    'logs:CreateLogStream',
    (of) => `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/verger/trial-2/${of}:log-stream:x`,
  ],
  'logs put-log-events': [
    'logs:PutLogEvents',
    (of) => `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/verger/trial-2/${of}:log-stream:x`,
  ],
  'autoscaling set-instance-health': [
    'autoscaling:SetInstanceHealth',
    custom('autoscaling', `${GROUP}/trial-2-workers`),
  ],
  'autoscaling complete-lifecycle-action': [
    'autoscaling:CompleteLifecycleAction',
    custom('autoscaling', `${GROUP}/trial-2-workers`),
  ],
  'ssm get-parameter': ['ssm:GetParameter', custom('ssm', 'parameter/verger/trial-2/queue-ca')],
  'ssm put-parameter': ['ssm:PutParameter', custom('ssm', 'parameter/verger/trial-2/queue-ca')],
};

function awsCommands(script: string): string[] {
  const folder = new URL('../../../infra/aws/host/', import.meta.url);
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(SCRIPTS).sort());
  const text = readFileSync(new URL(script, folder), 'utf8').replaceAll(/^ *#.*$/gm, '');
  return [...text.matchAll(/\baws ([a-z]+ [a-z-]+)/g)].map(([, command = '']) => command);
}
