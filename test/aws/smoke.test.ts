/** `npm run aws:smoke` against an `aws` whose answers are good, or bad in one place. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { temporaryFolder } from '@verger/testkit/cli';
import type { Edges } from '../../infra/aws/smoke/edges.ts';
import { STEP_NAMES, smoke } from '../../infra/aws/smoke/smoke.ts';
import {
  type CommandAnswer,
  type CommandCall,
  type Commands,
  fakeCommands,
  optionOf,
} from './host/commands.ts';

const LOGS = { control: '/verger/verger/control', workers: '/verger/verger/workers' };
const good = (answer: unknown = ''): CommandAnswer => ({
  code: 0,
  text: typeof answer === 'string' ? answer : JSON.stringify(answer),
});
const failed = (text: string): CommandAnswer => ({ code: 254, text });
const outputs = {
  ...{
    Input: 's3://photos',
    Results: 's3://results',
    WorkerGroup: 'verger-workers',
    ControlBox: 'i-0control',
  },
  ...{ ControlLogs: LOGS.control, WorkerLogs: LOGS.workers },
};

/** A deployment as it must be; tests change one thing. */
class Deployment {
  /** By `aws SERVICE COMMAND`, in place of the good answer. */
  readonly instead = new Map<string, CommandAnswer>();
  readonly servers: Server[] = [];
  queueAnswer = '+OK\r\n+PONG\r\n';
  instances: { InstanceId: string; LifecycleState: string }[] = [];
  desired = 0;
  runs = 0;
  status: CommandAnswer = good('done');

  async answer(call: CommandCall): Promise<CommandAnswer> {
    const { program, args } = call;
    if (program === 'session-manager-plugin') return this.instead.get(program) ?? good('1.2.707.0');
    if (program === 'verger') return this.verger(args);
    const words = args.slice(0, 2).join(' ');
    return this.instead.get(words) ?? (await this.aws(words, call));
  }

  private verger([command = '']: readonly string[]): CommandAnswer {
    if (command === 'run') {
      this.runs += 1;
      this.desired = 2;
      this.instances = [{ InstanceId: 'i-0first', LifecycleState: 'InService' }];
      return good('submitted');
    }
    this.desired = 0;
    this.instances = [];
    return this.status;
  }

  private async aws(words: string, call: CommandCall): Promise<CommandAnswer> {
    if (words === 'ssm start-session') return await this.tunnel(call);
    if (words === 'autoscaling terminate-instance-in-auto-scaling-group') {
      this.instances = [{ InstanceId: 'i-0second', LifecycleState: 'InService' }];
      return good({});
    }
    if (words === 'autoscaling describe-auto-scaling-groups')
      return good({ AutoScalingGroups: [{ DesiredCapacity: this.desired, Instances: this.instances }] });
    const answer = ANSWERS[words];
    return answer === undefined ? failed(`no answer to aws ${words}`) : good(answer);
  }

  /** Until the test ends: a page for HTTP, the queue's answer for anything else. */
  private async tunnel(call: CommandCall): Promise<CommandAnswer> {
    const port = /localPortNumber=(\d+)/.exec(optionOf(call, '--parameters') ?? '')?.[1];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (data: Buffer) =>
        socket.end(data.toString().startsWith('GET ') ? 'HTTP/1.1 200 OK\r\n\r\n' : this.queueAnswer),
      );
    });
    this.servers.push(server);
    return await new Promise((resolve) => {
      server.listen(Number(port), '127.0.0.1').on('close', () => resolve(good()));
    });
  }

  close(): void {
    for (const server of this.servers) server.close();
  }
}

const decisions = ['allowed', 'implicitDeny'] as const;
const ANSWERS: Readonly<Record<string, unknown>> = {
  '--version': 'aws-cli/2.17.0 Python/3.11.8',
  'sts get-caller-identity': { Arn: 'arn:aws:iam::123456789012:user/someone' },
  'cloudformation describe-stacks': {
    Stacks: [
      {
        StackStatus: 'CREATE_COMPLETE',
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      },
    ],
  },
  'cloudformation describe-stack-resources': {
    StackResources: ['WorkerRole8D', 'ControlRole82'].map((LogicalResourceId) => ({
      ...{
        LogicalResourceId,
        PhysicalResourceId: `verger-${LogicalResourceId}`,
        ResourceType: 'AWS::IAM::Role',
      },
    })),
  },
  'iam get-role': { Role: { Arn: 'arn:aws:iam::123456789012:role/one' } },
  'iam simulate-principal-policy': {
    EvaluationResults: ['s3:GetObject', 's3:DeleteObject'].map((EvalActionName, index) => ({
      ...{ EvalActionName, EvalDecision: decisions[index] },
    })),
  },
  's3api get-bucket-encryption': { ServerSideEncryptionConfiguration: {} },
  's3api get-public-access-block': {
    PublicAccessBlockConfiguration: {
      ...{
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    },
  },
  's3api get-bucket-policy': { Policy: '{"Condition":{"Bool":{"aws:SecureTransport":"false"}}}' },
  's3api list-objects-v2': { Contents: [{ Key: 'a.jpg' }] },
  'secretsmanager describe-secret': { Name: 'one' },
  'secretsmanager get-secret-value': { SecretString: 'PASSWORD' },
  'ssm describe-instance-information': { InstanceInformationList: [{ PingStatus: 'Online' }] },
  'logs filter-log-events': { events: [{ message: 'takes jobs' }] },
  'logs get-log-events': { events: [{ message: 'verger: i-0first could not pull the image' }] },
  'autoscaling describe-scaling-activities': {
    Activities: [{ StatusCode: 'Failed', StatusMessage: 'VcpuLimitExceeded' }],
  },
};

let place: { folder: string; remove: () => Promise<void> };
let commands: Commands;
let deployment = new Deployment();

before(async () => {
  place = await temporaryFolder();
  const programs = ['aws', 'session-manager-plugin', 'verger'];
  commands = await fakeCommands(place.folder, programs, (call) => deployment.answer(call));
});
afterEach(() => {
  deployment.close();
  deployment = new Deployment();
});
after(async () => {
  await commands?.close();
  await place.remove();
});

async function attempt(options: { from?: string; yes?: boolean; again?: boolean; limits?: number } = {}) {
  const lines: string[] = [];
  const { from = 'identity', yes = false } = options;
  const edges: Edges = {
    env: { ...process.env, PATH: `${commands.folder}:${process.env['PATH'] ?? ''}` },
    ...{ verger: join(commands.folder, 'verger'), region: 'eu-west-1', pollMs: 1 },
    // Tunnels start at their own pace; all else is there at once, or never.
    limitOf: (ms) => (ms <= 30_000 ? ms : Math.min(ms, options.limits ?? ms)),
    say: (line) => lines.push(line),
  };
  const run = { name: 'smoke-1', images: 2_000, again: options.again === true };
  const code = await smoke(edges, { stack: 'verger', from, yes, run, repeat: '' });
  return { code, text: lines.join('\n') };
}
const done = (text: string) => [...text.matchAll(/^ok +(\w+)/gm)].map(([, name]) => name);

test('what costs nothing is checked first; without --yes it stops there and says what comes', async () => {
  const { code, text } = await attempt();
  assert.deepEqual(done(text), STEP_NAMES.slice(0, 7), text);
  assert.equal(code, 0);
  assert.match(text, /about 0\.05 USD:\n {2}npm run aws:smoke -- --yes --from worker/);
  assert.equal(deployment.runs, 0);
  assert.ok(!text.includes('PASSWORD'));
});

test('with --yes: a worker from zero, a drain, a run, and back to zero', async () => {
  deployment.instead.set('s3api list-objects-v2', good({}));
  const { code, text } = await attempt({ from: 'worker', yes: true });
  assert.equal(code, 0, text);
  assert.deepEqual(done(text), STEP_NAMES.slice(7));
  assert.match(text, /The deployment works\.$/);
  const ended = commands.calls.find(({ args }) => args[1]?.startsWith('terminate-instance'));
  assert.equal(ended && optionOf(ended, '--instance-id'), 'i-0first');
  const run = commands.calls.find(({ program, args }) => program === 'verger' && args[0] === 'run');
  assert.deepEqual(run?.args, [
    ...['run', 's3://photos', '--output', 's3://results', '--name', 'smoke-1', '--limit', '2000', '--detach'],
  ]);
  assert.ok(
    !commands.calls.some(({ args }) => args.join(' ').includes('PASSWORD')),
    'no command line has it',
  );
});

/** One thing wrong: where it stops, what it says, and what it advises. */
const FAULTS: readonly (readonly [string, string, CommandAnswer, RegExp, RegExp])[] = [
  ['identity', '--version', good('aws-cli/1.29'), /not version 2/, /Install version 2/],
  ['identity', 'session-manager-plugin', failed(''), /plugin is missing/, /session-manager-plugin/],
  ['identity', 'sts get-caller-identity', failed('ExpiredToken'), /ExpiredToken/, /aws sso login/],
  ['stack', 'cloudformation describe-stacks', failed('does not exist'), /does not exist/, /Deploy/],
  [
    ...(['stack', 'cloudformation describe-stacks'] as const),
    good({ Stacks: [{ StackStatus: 'ROLLBACK_COMPLETE' }] }),
    ...([/is ROLLBACK_COMPLETE/, /describe-stack-events/] as const),
  ],
  [
    ...(['roles', 'iam simulate-principal-policy'] as const),
    good({
      EvaluationResults: [
        { EvalActionName: 's3:GetObject', EvalDecision: 'allowed' },
        { EvalActionName: 's3:DeleteObject', EvalDecision: 'allowed' },
      ],
    }),
    ...([/may delete commits/, /Remove what was added/] as const),
  ],
  [
    ...(['buckets', 's3api get-public-access-block'] as const),
    good({ PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
    ...([/public access .* not blocked/, /Deploy again/] as const),
  ],
  ['buckets', 's3api get-bucket-policy', good({ Policy: '{}' }), /without TLS/, /Deploy again/],
  ['buckets', 's3api list-objects-v2', good({}), /nothing in s3:\/\/photos/, /Upload images/],
  [
    'secrets',
    'secretsmanager describe-secret',
    failed('ResourceNotFound'),
    /ResourceNotFound/,
    /Deploy again/,
  ],
  [
    ...(['control', 'ssm describe-instance-information'] as const),
    good({ InstanceInformationList: [] }),
    ...([/does not see the control box/, /get-console-output/] as const),
  ],
  ['control', 'ssm start-session', failed('TargetNotConnected'), /TargetNotConnected/, /ssm:StartSession/],
];
for (const [step, command, answer, wrong, next] of FAULTS) {
  test(`it stops at ${step} when aws ${command} says ${wrong.source}`, async () => {
    deployment.instead.set(command, answer);
    const { code, text } = await attempt({ limits: 100 });
    assert.equal(code, 1);
    assert.deepEqual(done(text), STEP_NAMES.slice(0, STEP_NAMES.indexOf(step)), text);
    assert.match(/^WRONG .*/m.exec(text)?.[0] ?? '', wrong);
    assert.match(/^next .*/m.exec(text)?.[0] ?? '', next);
    assert.match(text, new RegExp(`--from ${step}$`));
  });
}

test('a queue that refuses the password is told with its own words', async () => {
  deployment.queueAnswer = '-WRONGPASS invalid username-password pair\r\n';
  const { code, text } = await attempt({ from: 'queue' });
  assert.equal(code, 1);
  assert.match(text, /WRONGPASS[\s\S]*control\.sh/);
});

test('no capacity, a broken boot, a hook left to its timeout, a failed run, a fleet that stays', async () => {
  const paid = async (from: string) => (await attempt({ from, yes: true, again: true, limits: 100 })).text;
  deployment.instead.set(
    'autoscaling describe-auto-scaling-groups',
    good({ AutoScalingGroups: [{ DesiredCapacity: 2 }] }),
  );
  assert.match(await paid('worker'), /no worker after .*VcpuLimitExceeded[\s\S]*Quota/);
  assert.match(await paid('zero'), /still wants 2 vCPUs[\s\S]*--desired-capacity 0/);
  deployment.instead.clear();
  deployment.instead.set('logs filter-log-events', failed('ResourceNotFoundException'));
  assert.match(await paid('worker'), /i-0first does not take jobs: .*could not pull the image/);
  deployment.instead.set('autoscaling terminate-instance-in-auto-scaling-group', good({}));
  assert.match(await paid('drain'), /left to its timeout[\s\S]*CompleteLifecycleAction/);
  deployment.status = { code: 1, text: 'E_S3_FORBIDDEN: S3 refuses' };
  assert.match(await paid('run'), /ended with 1: E_S3_FORBIDDEN[\s\S]*--from run --yes --run smoke-1/);
});

test('a fleet that works for others is left alone', async () => {
  deployment.instances = [{ InstanceId: 'i-0other', LifecycleState: 'InService' }];
  assert.match((await attempt({ from: 'worker', yes: true })).text, /the fleet is not at zero/);
  assert.equal(deployment.runs, 0);
});

test('a failed job of the drained worker is no success', async () => {
  deployment.instances = [{ InstanceId: 'i-0first', LifecycleState: 'InService' }];
  const { code, text } = await attempt({ from: 'drain', yes: true });
  assert.equal(code, 1);
  assert.match(text, /a job failed while the worker was drained[\s\S]*s3:\/\/results\/smoke-1\/failures\//);
});
