/** How worker.sh starts a worker and gives up an instance that cannot be one, and what its agent watches. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { temporaryFolder } from '@verger/testkit/cli';
import { until } from '@verger/testkit/processes';
import { templatesMissing, workerUserData } from '../iam/template.ts';
import { type CommandAnswer, type CommandCall, optionOf } from './commands.ts';
import { type FakeHost, type HostOptions, startHost } from './fake-host.ts';

const PASSWORD = 'SECRET0123456789';
const good = (text = ''): CommandAnswer => ({ code: 0, text });

let place: { folder: string; remove: () => Promise<void> };
const hosts: FakeHost[] = [];
before(async () => {
  place = await temporaryFolder();
});
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));
after(() => place.remove());

/** A Docker that starts nothing and says that its container is well, unless `state` says otherwise. */
const pretended =
  (state = 'healthy running') =>
  ({ program, args }: CommandCall): CommandAnswer | undefined => {
    if (program === 'systemctl') return good();
    if (program !== 'docker') return undefined;
    if (args[0] !== 'inspect') return good(args[0] === 'logs' ? '{"code":"E_REDIS_AUTH"}' : '');
    const [health = '', status = ''] = state.split(' ');
    return good(args.join(' ').includes('Health') ? health : status);
  };
const host = async (instance: string, options: Partial<HostOptions> = {}): Promise<FakeHost> => {
  const common = { folder: place.folder, queue: '10.64.0.5', password: PASSWORD, env: {} };
  const made = await startHost({ ...common, answer: pretended(), instance, ...options });
  hosts.push(made);
  return made;
};
const said = ({ calls }: FakeHost) => calls.map(({ program, args }) => [program, ...args].join(' '));
const dockerRun = ({ calls }: FakeHost) =>
  calls.find(({ program, args }) => program === 'docker' && args[0] === 'run') ??
  assert.fail('no docker run');

test('the container is locked in, knows its instance, and gets the password in a file alone', async () => {
  const one = await host('i-0good');
  const { code, stderr } = await one.run('worker.sh');
  assert.equal(code, 0, `${stderr}${await one.log()}`);
  const run = dockerRun(one);
  const words = run.args.join(' ');
  for (const part of [
    ...['--read-only', '--cap-drop ALL', '--security-opt no-new-privileges', '--user 1000:1000', '--init'],
    ...['--network bridge', '--restart on-failure', '--tmpfs /tmp:', '--log-driver awslogs'],
    'awslogs-group=/verger/verger/workers --log-opt awslogs-stream=worker/i-0good',
    ...['VERGER_WORKER_NAME=i-0good', 'VERGER_INSTANCE_TYPE=c7a.xlarge', 'AWS_REGION=eu-west-1'],
    ...['VERGER_ALLOW_ROOTS=s3://images,s3://results', 'VERGER_GRACE=80', 'VERGER_HEALTH=0.0.0.0:9464'],
    'amazonaws.com/verger:1 worker',
  ])
    assert.ok(words.includes(part), `${part} is not in: ${words}`);
  assert.match(words, /--memory (\d+)m --memory-swap \1m --cpus \d+ --pids-limit \d+/);
  assert.ok(!/--privileged|--publish|docker\.sock/.test(words));
  const source = /source=([^,]+),target=\/run\/secrets\/redis-url,readonly/.exec(words)?.[1] ?? '';
  assert.equal(await readFile(source, 'utf8'), `redis://verger-worker:${PASSWORD}@10.64.0.5:6379\n`);
  assert.equal((await stat(source)).mode & 0o777, 0o600);
  assert.ok(![...said(one), await one.log(), stderr].join('\n').includes(PASSWORD));
});

test('with TLS, the worker trusts the authority of the queue', async () => {
  const one = await host('i-0tls', {
    settings: { VERGER_TLS: '/verger/verger/queue-ca' },
    answer: (call) => (call.args.includes('get-parameter') ? good('CERTIFICATE') : pretended()(call)),
  });
  assert.equal((await one.run('worker.sh')).code, 0);
  const words = dockerRun(one).args.join(' ');
  assert.match(words, /NODE_EXTRA_CA_CERTS=\/run\/secrets\/ca\.pem/);
  const folder = /source=([^,]+)\/ca\.pem,/.exec(words)?.[1] ?? '';
  assert.equal(await readFile(join(folder, 'ca.pem'), 'utf8'), 'CERTIFICATE\n');
  assert.match(await readFile(join(folder, 'redis-url'), 'utf8'), /^rediss:/);
  const [parameter] = one.awsCalls('ssm get-parameter');
  assert.equal(parameter && optionOf(parameter, '--name'), '/verger/verger/queue-ca');
});

test('the user data of the template starts it, and fits', { skip: templatesMissing }, async () => {
  for (const [variant, region, scheme] of [
    ['default', 'eu-west-1', 'redis'],
    ['custom', 'us-east-1', 'rediss'],
  ] as const) {
    const one = await host(`i-0${variant}`);
    const data = workerUserData(variant, region);
    assert.ok(Buffer.byteLength(data) < 16_384, 'the limit of EC2');
    const script = join(one.folder, 'user-data');
    const here = data
      .replaceAll('/etc/verger', one.folder)
      .replaceAll('/opt/verger', join(one.folder, 'opt'));
    await writeFile(script, here);
    const { code, stdout, stderr } = await one.run(script);
    assert.equal(code, 0, stdout + stderr);
    const words = dockerRun(one).args.join(' ');
    assert.ok(words.includes(`.dkr.ecr.${region}.amazonaws.com/cdk-`) && words.endsWith(' worker'), words);
    const url = await readFile(join(one.folder, 'secrets/redis-url'), 'utf8');
    assert.equal(url, `${scheme}://verger-worker:${PASSWORD}@10.64.0.5:6379\n`);
    const unit = await readFile(join(one.folder, 'units/verger-drain.service'), 'utf8');
    assert.match(unit, /^ExecStart=\/bin\/bash \S+\/opt\/infra\/aws\/host\/drain-agent\.sh$/m);
    assert.equal(unit.match(/^\[Unit\]$/gm)?.length, 1);
  }
});

/** The instance says why, is marked as unhealthy, and powers off: nobody pays for it any longer. */
const assertGivenUp = async (one: FakeHost, instance: string, why: RegExp) => {
  const { code, stdout } = await one.run('worker.sh');
  assert.notEqual(code, 0);
  assert.match(stdout, why, 'on the console');
  const [event] = one.awsCalls('logs put-log-events');
  assert.match((event && optionOf(event, '--log-events')) ?? '', why, 'in the log group');
  const [health] = one.awsCalls('autoscaling set-instance-health');
  assert.equal(health && optionOf(health, '--instance-id'), instance);
  assert.equal(health && optionOf(health, '--health-status'), 'Unhealthy');
  assert.equal(said(one).at(-1), 'systemctl poweroff');
};

test('an image that cannot be pulled is tried five times; then the instance is given up', async () => {
  const one = await host('i-0pull', {
    answer: (call) => {
      if (call.args[0] === 'pull') return { code: 1, text: 'no basic auth credentials' };
      return pretended()(call);
    },
  });
  await assertGivenUp(one, 'i-0pull', /i-0pull could not pull the image.*no basic auth credentials/);
  assert.equal(said(one).filter((words) => words.startsWith('docker pull')).length, 5);
});

test('a step that works the second time is enough', async () => {
  let tries = 0;
  const one = await host('i-0again', {
    answer: (call) => {
      if (call.program === 'dnf' && tries++ === 0) return { code: 1, text: 'Curl error (28): Timeout' };
      return pretended()(call);
    },
  });
  assert.equal((await one.run('worker.sh')).code, 0);
});

test('a worker that does not come to take jobs: its last words are in the report', async () => {
  const one = await host('i-0auth', {
    answer: pretended('starting running'),
    scriptEnv: { VERGER_READY_TRIES: '3' },
  });
  await assertGivenUp(one, 'i-0auth', /i-0auth could not see the worker take jobs.*E_REDIS_AUTH/);
});

test('without a metadata service, or with a setting missing, the instance powers off', async () => {
  const lost = await host('i-0lost', { scriptEnv: { VERGER_IMDS: 'http://127.0.0.1:1' } });
  const { code, stdout } = await lost.run('worker.sh');
  assert.notEqual(code, 0);
  assert.match(stdout, /could not ask the metadata service/);
  assert.equal(said(lost).at(-1), 'systemctl poweroff');
  const empty = await host('i-0set', { settings: { REGISTRY: '' } });
  assert.match((await empty.run('worker.sh')).stdout, /there is no REGISTRY in /);
  assert.equal(said(empty).at(-1), 'systemctl poweroff');
});

test('the agent gives up an instance whose worker has ended for good', async () => {
  const one = await host('i-0ended', { answer: pretended('none exited') });
  const { code, stdout } = await one.run('drain-agent.sh');
  assert.notEqual(code, 0);
  assert.match(stdout, /the worker has ended/);
  assert.equal(one.awsCalls('autoscaling set-instance-health').length, 1);
  assert.equal(said(one).at(-1), 'systemctl poweroff');
});

test('the agent gives up an instance whose worker is not ready for long, not one that recovers', async () => {
  const scriptEnv = { VERGER_UNREADY_SECONDS: '1' };
  const lost = await host('i-0moved', { answer: pretended('unhealthy running'), scriptEnv });
  const { code, stdout } = await lost.run('drain-agent.sh');
  assert.notEqual(code, 0);
  assert.match(stdout, /the worker has not been ready for \d+ s: giving up the instance/);
  assert.equal(lost.awsCalls('autoscaling set-instance-health').length, 1);
  assert.equal(said(lost).at(-1), 'systemctl poweroff');
  const well = await host('i-0well', { answer: pretended('healthy running'), scriptEnv });
  const agent = well.startAgent();
  await until('it has looked for longer', () => said(well).filter(asksHealth).length > 10);
  assert.deepEqual(well.awsCalls('autoscaling set-instance-health'), []);
  agent.child.kill('SIGTERM');
  assert.equal((await agent.ended).code, 0);
});

const asksHealth = (words: string) => words.includes('Health.Status');

test('SIGTERM of the agent, as in a shutdown, stops the worker and leaves the hook alone', async () => {
  const one = await host('i-0down');
  const agent = one.startAgent();
  await until('it watches', () => agent.stdout().includes('watches i-0down'));
  agent.child.kill('SIGTERM');
  assert.equal((await agent.ended).code, 0);
  assert.ok(said(one).includes('docker stop -t 90 verger-worker'));
  assert.deepEqual(one.awsCalls('autoscaling complete-lifecycle-action'), []);
});

test('a hook that is never accepted is left to its timeout, and the agent ends', async () => {
  const one = await host('i-0hook', {
    scriptEnv: { VERGER_DRAIN_SECONDS: '1' },
    answer: (call) =>
      call.args.includes('complete-lifecycle-action')
        ? { code: 254, text: 'AccessDenied' }
        : pretended()(call),
  });
  one.metadata.tell('autoscaling/target-lifecycle-state', 'Terminated');
  const { code, stdout } = await one.run('drain-agent.sh');
  assert.equal(code, 0);
  assert.match(stdout, /AccessDenied[\s\S]*left to its timeout/);
});
