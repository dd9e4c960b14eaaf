/** What the two roles and the user's policy may do, as the templates say it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WITHOUT_RESOURCE } from '../src/rights.ts';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}

const many = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const templates = { default: templateOf('default'), custom: templateOf('custom') };
const variants = Object.keys(templates) as Variant[];
type Role = 'worker' | 'control' | 'coordinator';

/** The statements of a role: of its one inline policy, or of the managed policy. */
function statementsOf(variant: Variant, role: Role): Statement[] {
  const template = templates[variant];
  const documents = (type: string) =>
    Object.entries(template.findResources(type)).map(([id, { Properties }]) => [id, Properties] as const);
  if (role === 'coordinator') {
    const [found] = documents('AWS::IAM::ManagedPolicy');
    return (found![1]['PolicyDocument'] as { Statement: Statement[] }).Statement;
  }
  const [, properties] =
    documents('AWS::IAM::Role').find(([id]) => id.startsWith(role === 'worker' ? 'Worker' : 'Control')) ?? [];
  const [policy] = properties!['Policies'] as { PolicyDocument: { Statement: Statement[] } }[];
  return policy?.PolicyDocument.Statement ?? [];
}

const resourcesAs = ({ Resource, NotResource }: Statement) =>
  many((Resource ?? NotResource) as unknown).map((one) => textOf(one).replace(/[0-9A-F]{8}(?=[.>])/g, ''));
const named = (statements: Statement[], sid: string) => {
  const found = statements.find(({ Sid }) => Sid === sid);
  assert.ok(found, sid);
  return found;
};
const RESULTS = '<BucketsResults.Arn>';
const allowedOf = (variant: Variant, role: Role) =>
  statementsOf(variant, role)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => many(Action))
    .sort();

test('there are two roles, for EC2 alone, and nobody has rights from elsewhere', () => {
  for (const variant of variants) {
    const roles = resourcesOf(templates[variant], 'AWS::IAM::Role');
    assert.equal(roles.length, 2);
    for (const { Properties } of roles) {
      assert.equal(Properties['ManagedPolicyArns'], undefined);
      const { Statement } = Properties['AssumeRolePolicyDocument'] as { Statement: { Principal: unknown }[] };
      assert.deepEqual(
        Statement.map(({ Principal }) => Principal),
        [{ Service: 'ec2.amazonaws.com' }],
      );
    }
    templates[variant].resourceCountIs('AWS::IAM::Policy', 0);
    templates[variant].resourceCountIs('AWS::IAM::ManagedPolicy', 1);
    templates[variant].resourceCountIs('AWS::IAM::User', 0);
  }
});

test('actions are named one by one', () => {
  for (const variant of variants) {
    for (const role of ['worker', 'control', 'coordinator'] as const) {
      const actions = statementsOf(variant, role).flatMap(({ Action }) => many(Action));
      assert.ok(actions.length > 5);
      assert.deepEqual(
        actions.filter((action) => action.includes('*')),
        [],
      );
    }
  }
});

test('any resource is allowed only where AWS offers no narrower one', () => {
  for (const variant of variants) {
    for (const role of ['worker', 'control', 'coordinator'] as const) {
      const wide = statementsOf(variant, role)
        .filter((statement) => resourcesAs(statement).includes('*'))
        .flatMap(({ Action }) => many(Action));
      assert.deepEqual(
        wide.filter((action) => !(WITHOUT_RESOURCE as readonly string[]).includes(action)),
        [],
        role,
      );
    }
  }
});

test('a worker has these actions and no other: none deletes', () => {
  const expected = [
    'autoscaling:CompleteLifecycleAction',
    'autoscaling:SetInstanceHealth',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
    'ecr:GetDownloadUrlForLayer',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:GetObject',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    'secretsmanager:GetSecretValue',
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ];
  assert.deepEqual(allowedOf('default', 'worker'), expected);
  assert.deepEqual(allowedOf('custom', 'worker'), [...expected, 'ssm:GetParameter'].sort());
});

test('a worker reads images, and creates results without writing over any, but for projections', () => {
  for (const [variant, input] of [
    ['default', 'photos'],
    ['custom', 'other.photos'],
  ] as const) {
    const worker = statementsOf(variant, 'worker');
    assert.deepEqual(resourcesAs(named(worker, 'ReadInput')), [`arn:aws:s3:::${input}/*`]);
    assert.deepEqual(resourcesAs(named(worker, 'ListResults')), [RESULTS]);
    assert.deepEqual(resourcesAs(named(worker, 'Results')), [`${RESULTS}/*`]);
    const { Effect, Action, Resource, Condition, ...rest } = named(worker, 'CreateOnly');
    assert.deepEqual([Effect, Action, Resource], ['Deny', 's3:PutObject', undefined]);
    assert.deepEqual(Condition, { Null: { 's3:if-none-match': 'true' } });
    assert.deepEqual(resourcesAs(rest as Statement), [`${RESULTS}/*/projection/*`]);
  }
});

test('a worker reads its own password and no other, and leaves only its own group', () => {
  for (const [variant, group] of [
    ['default', 'verger-workers'],
    ['custom', 'trial-2-workers'],
  ] as const) {
    const worker = statementsOf(variant, 'worker');
    assert.deepEqual(resourcesAs(named(worker, 'OwnPassword')), ['<Passwordsworker>']);
    const region = variant === 'default' ? 'eu-west-1' : 'us-east-1';
    const arn = `arn:aws:autoscaling:${region}:<AWS::AccountId>:autoScalingGroup:*:autoScalingGroupName/${group}`;
    assert.deepEqual(resourcesAs(named(worker, 'Leave')), [arn]);
    assert.deepEqual(resourcesAs(named(statementsOf(variant, 'control'), 'Scale')), [arn]);
  }
});

test('the control box deletes what a new epoch makes again, and never writes over what workers made', () => {
  for (const variant of variants) {
    const control = statementsOf(variant, 'control');
    const deleting = control.filter(({ Action }) => many(Action).some((action) => /Delete/.test(action)));
    assert.deepEqual(
      deleting.map(({ Sid }) => Sid),
      ['Reopen'],
    );
    assert.deepEqual(resourcesAs(named(control, 'Reopen')), [
      `${RESULTS}/*/_SUCCESS`,
      `${RESULTS}/*/result.csv`,
      `${RESULTS}/*/scaling.json`,
    ]);
    const { Effect, Action, Condition } = named(control, 'CreateOnly');
    assert.deepEqual([Effect, Action], ['Deny', 's3:PutObject']);
    assert.deepEqual(Condition, { Null: { 's3:if-none-match': 'true' } });
    const frozen = resourcesAs(named(control, 'CreateOnly'));
    for (const file of ['features/*', 'sums/*', 'commits/*', 'manifest.json']) {
      assert.ok(frozen.includes(`${RESULTS}/*/${file}`), file);
    }
    // The autoscaler and the reducer replace these.
    for (const file of ['scaling.json', 'report.json', 'quarantine.jsonl', 'labels.json', 'projection']) {
      assert.ok(!frozen.some((one) => one.includes(file)), file);
    }
  }
});

test('of the group the control box sets the capacity, and sees it; it starts and ends no instance itself', () => {
  for (const variant of variants) {
    const control = allowedOf(variant, 'control');
    assert.deepEqual(
      control.filter((action) => /^(autoscaling|ec2|cloudwatch|iam|sts):/.test(action)),
      ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:SetDesiredCapacity'],
    );
    assert.equal(resourcesAs(named(statementsOf(variant, 'control'), 'Passwords')).length, 6);
    const [file = '', ...others] = resourcesAs(named(statementsOf(variant, 'control'), 'SetUp'));
    assert.match(file, /-assets-\S+\/[0-9a-f]{64}\.zip$/);
    assert.deepEqual(others, []);
  }
});

test("the coordinator's policy reaches the box through Session Manager and reads two passwords", () => {
  for (const variant of variants) {
    const coordinator = statementsOf(variant, 'coordinator');
    const region = variant === 'default' ? 'eu-west-1' : 'us-east-1';
    const [box = '', document, ...others] = resourcesAs(named(coordinator, 'Tunnel'));
    assert.match(box, /^arn:aws:ec2:[a-z0-9-]+:<AWS::AccountId>:instance\/<ControlInstance\w+>$/);
    assert.equal(document, `arn:aws:ssm:${region}::document/AWS-StartPortForwardingSession`);
    assert.deepEqual(others, []);
    assert.deepEqual(resourcesAs(named(coordinator, 'Passwords')), [
      '<Passwordscoordinator>',
      '<Passwordspages>',
    ]);
    const writes = coordinator.filter(({ Action }) => many(Action).some((one) => /Put|Delete/.test(one)));
    assert.deepEqual(writes.flatMap(resourcesAs), [`${RESULTS}/*`]);
  }
});

test('there is one password for each user of the queue, and none is written anywhere', () => {
  for (const variant of variants) {
    const secrets = resourcesOf(templates[variant], 'AWS::SecretsManager::Secret');
    const name = variant === 'default' ? 'verger' : 'trial-2';
    assert.deepEqual(secrets.map(({ Properties }) => Properties['Name']).sort(), [
      `${name}/dashboard-password`,
      ...['autoscaler', 'coordinator', 'dashboard', 'reducer', 'worker'].map(
        (user) => `${name}/queue/${user}`,
      ),
    ]);
    for (const { Properties } of secrets) {
      assert.equal(Properties['SecretString'], undefined);
      const made = { PasswordLength: 48, ExcludePunctuation: true };
      assert.deepEqual(Properties['GenerateSecretString'], made);
    }
    assert.doesNotMatch(JSON.stringify(templates[variant].toJSON()), /\{\{resolve:/);
  }
});
