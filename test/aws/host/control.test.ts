/** control.sh on a copy of what the control box gets: .env, secrets, and the start of the services. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@verger/testkit/cli';
import { startFakeMetadata } from '@verger/testkit/fake-metadata';
import { startProgram } from '@verger/testkit/program';
import { freePort } from '@verger/testkit/servers';
import { type CommandAnswer, type Commands, fakeCommands, optionOf } from './commands.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SECRETS = 'infra/docker/secrets';
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/verger:1';
const USERS = ['coordinator', 'worker', 'reducer', 'dashboard', 'autoscaler'];
const SETTINGS = `REGION=eu-west-1
IMAGE=${IMAGE}
REGISTRY=123456789012.dkr.ecr.eu-west-1.amazonaws.com
ALLOW_ROOTS=s3://photos,s3://results
GROUP=verger-workers
PLACES=s3://results
REDIS_SECRET=verger/queue/
DASHBOARD_SECRET=verger/dashboard-password
MAX_VCPUS=32
VCPU_STEP=2
LOG_GROUP=/verger/verger/control
`;

let place: { folder: string; remove: () => Promise<void> };
let commands: Commands;
let folder: string;
/** Part of every password that Secrets Manager gives. */
let series = 'FIRST';
let denied = '';

before(async () => {
  place = await temporaryFolder();
  folder = join(place.folder, 'verger');
  for (const part of ['infra/docker', 'infra/aws/host', 'docker-compose.yml'])
    cpSync(join(ROOT, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.includes('/secrets'),
    });
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  writeFileSync(join(folder, '.env.example'), example.replace('PORT=3000', `PORT=${await freePort()}`));
  writeFileSync(join(folder, 'infra/aws/host/install-compose.sh'), ''); // it downloads
  writeFileSync(join(place.folder, 'settings'), SETTINGS);
  const good = (text = ''): CommandAnswer => ({ code: 0, text });
  commands = await fakeCommands(place.folder, ['aws', 'dnf', 'docker', 'systemctl'], async (call) => {
    const words = [call.program, ...call.args].join(' ');
    if (denied !== '' && words.includes(denied)) return { code: 254, text: 'AccessDeniedException' };
    if (words.startsWith('docker compose version')) return good('2.40.3');
    if (!words.includes('get-secret-value')) return good();
    return good(`${series}${(optionOf(call, '--secret-id') ?? '').replaceAll('/', '')}`);
  });
});
after(async () => {
  await commands?.close();
  await place.remove();
});

const control = (env: Readonly<Record<string, string>> = {}) =>
  startProgram('bash', [join(folder, 'infra/aws/host/control.sh')], {
    env: {
      PATH: `${commands.folder}:${process.env['PATH'] ?? ''}`,
      VERGER_SETTINGS: join(place.folder, 'settings'),
      VERGER_LOG: join(place.folder, 'log'),
      VERGER_PAUSE_SECONDS: '0',
      ...env,
    },
  }).ended;
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const assertPasswords = () => {
  const acl = read(`${SECRETS}/users.acl`);
  for (const user of USERS) {
    const password = `${series}vergerqueue${user}`;
    const url = `redis://verger-${user}:${password}@queue:6379\n`;
    assert.equal(read(`${SECRETS}/redis-url-${user}`), url);
    assert.ok(acl.includes(`user verger-${user} on >${password} `), user);
  }
  assert.equal(read(`${SECRETS}/dashboard-password`), `${series}vergerdashboard-password\n`);
};
const ups = () => commands.calls.filter(({ args }) => args[0] === 'compose' && args.includes('up'));

test('it writes settings and secrets, and starts the services from the image in ECR', async () => {
  const { code, stdout, stderr } = await control();
  assert.equal(code, 0, stdout + stderr + readFileSync(join(place.folder, 'log'), 'utf8'));
  assert.match(stdout, /the control box is ready/);
  const settings = new Map(
    read('.env')
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const expected = {
    COMPOSE_FILE: 'docker-compose.yml:infra/aws/compose.override.yml',
    ...{ COMPOSE_PROFILES: '', VERGER_S3_ENDPOINT: '', AWS_REGION: 'eu-west-1' },
    ...{ VERGER_DOCKER_IMAGE: IMAGE, VERGER_ALLOW_ROOTS: 's3://photos,s3://results' },
    ...{ VERGER_PLACES: 's3://results', VERGER_GROUP: 'verger-workers' },
    ...{ VERGER_MAX_VCPUS: '32', VERGER_VCPU_STEP: '2' },
    ...{ VERGER_LOG_GROUP: '/verger/verger/control', VERGER_USER: '1000:1000' },
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(settings.get(name), value, name);
  assertPasswords();
  assert.equal(statSync(join(folder, SECRETS)).mode & 0o777, 0o700);
  const [up] = ups();
  assert.ok(up?.args.includes('--wait') && up.args.includes('--no-build'), String(up?.args));
  const words = commands.calls.flatMap(({ args }) => args).join('\n');
  assert.ok(!`${words}${stdout}${stderr}${readFileSync(join(place.folder, 'log'), 'utf8')}`.includes(series));
});

test('run again, it keeps a changed .env and applies changed passwords', async () => {
  writeFileSync(join(folder, '.env'), `${read('.env')}VERGER_REDUCER_MEMORY=3g\n`);
  series = 'SECOND';
  assert.equal((await control()).code, 0);
  assert.match(read('.env'), /VERGER_REDUCER_MEMORY=3g\n$/);
  assertPasswords();
  assert.ok(ups()[1]?.args.includes('--force-recreate'), 'containers see the new files');
});

test('with TLS, it makes the certificate of the queue and publishes that of its authority', async () => {
  rmSync(join(folder, '.env'));
  const settings = join(place.folder, 'settings-tls');
  writeFileSync(settings, `${SETTINGS}VERGER_TLS=/verger/verger/queue-ca\n`);
  const metadata = await startFakeMetadata(() => undefined);
  metadata.tell('local-ipv4', '10.64.0.5');
  try {
    const { code, stdout } = await control({ VERGER_SETTINGS: settings, VERGER_IMDS: metadata.endpoint });
    assert.equal(code, 0, stdout);
  } finally {
    await metadata.close();
  }
  assert.match(read('.env'), /^COMPOSE_FILE=.*compose\.override\.yml:infra\/aws\/compose\.tls\.yml$/m);
  const put = commands.calls.find(({ args }) => args[1] === 'put-parameter');
  assert.equal(put && optionOf(put, '--name'), '/verger/verger/queue-ca');
  assert.equal(put && `${optionOf(put, '--value')}\n`, read(`${SECRETS}/queue-ca.crt`));
  const { subjectAltName } = new X509Certificate(read(`${SECRETS}/queue.crt`));
  assert.match(subjectAltName ?? '', /IP Address:10\.64\.0\.5/);
});

test('a step that fails is on the console and in the log group, and the box stays', async () => {
  denied = 'dashboard-password';
  const { code, stdout } = await control();
  assert.notEqual(code, 0);
  const why = /the control box could not read the passwords.*AccessDenied/;
  assert.match(stdout, why);
  assert.match(stdout, /Afterwards run .*control\.sh again/);
  const event = commands.calls.find(({ args }) => args[1] === 'put-log-events');
  assert.match((event && optionOf(event, '--log-events')) ?? '', why);
  assert.ok(!commands.calls.some(({ program, args }) => program === 'systemctl' && args[0] === 'poweroff'));
});
