/** What instances do when they boot: their settings and scripts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../src/user-data.ts';
import { HOOK_SECONDS } from '../src/workers.ts';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

const templates = { default: templateOf('default'), custom: templateOf('custom') };
const both = Object.entries(templates) as [Variant, ReturnType<typeof templateOf>][];

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
  // Seen at the next poll, stopped within the grace, completed by the agent's own limit: all before the hook.
  const agent = readFileSync(join(ROOT, 'infra/aws/host/drain-agent.sh'), 'utf8');
  const [poll, limit] = ['VERGER_POLL_SECONDS', 'VERGER_DRAIN_SECONDS'].map((name) =>
    Number(agent.match(`${name}:-(\\d+)`)?.[1]),
  );
  assert.ok(Number(settings['GRACE_SECONDS']) + 2 * poll! + 15 <= limit!, 'time to complete the hook');
  assert.ok(limit! + poll! < HOOK_SECONDS);
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
