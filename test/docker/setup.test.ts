import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { freePort } from '@verger/testkit/servers';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRETS = 'infra/docker/secrets';
const ROLES = ['coordinator', 'worker', 'reducer', 'dashboard', 'autoscaler', 'actions'];
/** What stands for Docker: its answers by variables. */
const DOCKER = `#!/bin/sh
case "$1 $2" in
  'compose version') [ -n "$COMPOSE" ] && echo "$COMPOSE" ;;
  'compose ps') ;;
  info*) [ -z "$REFUSES" ] || { echo "$REFUSES" >&2; exit 1; } ;;
esac
`;

/** All that setup.sh needs beside Docker. */
const TOOLS = 'cat chmod cp dirname grep id ln mkdir mv od rm sed sh tail tr'.split(' ');

async function toolPath(tool: string): Promise<string> {
  const { stdout } = await runProgram('sh', ['-c', `command -v ${tool}`]);
  return stdout.trim();
}

let place: { folder: string; remove: () => Promise<void> };
let made = 0;

before(async () => {
  place = await temporaryFolder();
});
after(() => place.remove());

/** A clean clone, as far as setup.sh needs it, and a way to run that with a Docker of ours. */
async function clone(docker = true) {
  made += 1;
  const folder = join(place.folder, String(made));
  cpSync(join(ROOT, 'infra/docker'), join(folder, 'infra/docker'), {
    recursive: true,
    filter: (path) => !path.includes('/secrets'),
  });
  const port = await freePort();
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  writeFileSync(join(folder, '.env.example'), example.replace('VERGER_PORT=3000', `VERGER_PORT=${port}`));
  mkdirSync(join(folder, 'bin'));
  for (const tool of TOOLS) symlinkSync(await toolPath(tool), join(folder, 'bin', tool));
  if (docker) writeFileSync(join(folder, 'bin/docker'), DOCKER, { mode: 0o755 });
  const setup = async (env: Readonly<Record<string, string>> = {}) => {
    const PATH = join(folder, 'bin'); // whatever Docker this machine has is out of sight
    return await runProgram('infra/docker/setup.sh', [], {
      cwd: folder,
      env: { PATH, COMPOSE: '2.26.1', ...env },
    });
  };
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { folder, port, setup, read };
}

test('setup.sh makes settings and secrets, and names the next command', async () => {
  const { folder, setup, read } = await clone();
  const { code, stdout, stderr } = await setup();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /docker compose up --build --wait\n$/);
  assert.equal(statSync(join(folder, SECRETS)).mode & 0o777, 0o700);
  const user = process.getuid?.() === 0 ? '1000:1000' : `${process.getuid?.()}:${process.getgid?.()}`;
  assert.match(read('.env'), new RegExp(`^VERGER_USER=${user}$`, 'm'));
  const acl = read(`${SECRETS}/users.acl`);
  for (const role of ROLES) {
    const [, password = ''] =
      /:([0-9a-f]{48})@queue:6379\n$/.exec(read(`${SECRETS}/redis-url-${role}`)) ?? [];
    assert.ok(acl.includes(`user verger-${role} on >${password} `), role);
    const [, key = ''] =
      /^aws_secret_access_key = ([0-9a-f]{48})$/m.exec(read(`${SECRETS}/s3-${role}`)) ?? [];
    const users = JSON.parse(read(`${SECRETS}/s3-users`)) as {
      accessAccounts: Record<string, { secret: string }>;
    };
    assert.equal(users.accessAccounts[`verger-${role}`]?.secret, key);
  }
});

test('setup.sh never overwrites, and no two clones have the same secrets', async () => {
  const first = await clone();
  const second = await clone();
  await first.setup();
  await second.setup();
  const all = ({ read, folder }: typeof first) =>
    readdirSync(join(folder, SECRETS)).map((file) => [file, read(`${SECRETS}/${file}`)] as const);
  const before = all(first);
  assert.ok(
    all(second).every(([file, text]) => before.some(([name, other]) => name === file && other !== text)),
  );
  writeFileSync(join(first.folder, '.env'), `${first.read('.env')}# mine\n`);
  const { code, stdout } = await first.setup();
  assert.equal(code, 0);
  assert.ok(!stdout.includes('wrote'), stdout);
  assert.deepEqual(all(first), before);
  assert.match(first.read('.env'), /# mine/);
});

test('two setup.sh at once write one set of secrets', async () => {
  const { setup, read, folder } = await clone();
  for (const { code, stderr } of await Promise.all([setup(), setup(), setup(), setup()]))
    assert.equal(code, 0, stderr);
  const acl = read(`${SECRETS}/users.acl`);
  const accounts = read(`${SECRETS}/s3-users`);
  for (const role of ROLES) {
    const [, password] = /:([0-9a-f]{48})@/.exec(read(`${SECRETS}/redis-url-${role}`)) ?? [];
    assert.ok(acl.includes(`user verger-${role} on >${password} `), role);
    const [, key] = /secret_access_key = ([0-9a-f]{48})$/m.exec(read(`${SECRETS}/s3-${role}`)) ?? [];
    assert.ok(accounts.includes(`"secret":"${key}"`), role);
  }
  const left = readdirSync(join(folder, SECRETS)).filter((file) => /\.(new|\d+)$/.test(file));
  assert.deepEqual(left, []);
});

test('setup.sh reads quoted settings, comments and line ends of Windows as Compose does', async () => {
  const { folder, setup, read, port } = await clone();
  await setup();
  const photos = join(folder, 'my photos #1');
  mkdirSync(photos);
  const env = read('.env');
  for (const line of [`"${photos}"`, `'${photos}' # mine`, `${photos}`, `${photos}  # mine`, `${photos}\r`]) {
    const port_ = `VERGER_PORT=${port} # free`;
    writeFileSync(
      join(folder, '.env'),
      env.replace(/^VERGER_IMAGES=.*/m, () => `VERGER_IMAGES=${line}`).replace(/^VERGER_PORT=.*/m, port_),
    );
    const { code, stderr } = await setup();
    // Without quotes, Compose takes what follows ` #` for a comment, too.
    const isCut = !/^["']/.test(line);
    assert.equal(code, isCut ? 1 : 0, `${line}: ${stderr}`);
    if (isCut) assert.match(stderr, /missing: the folder .*\/my photos\n/);
  }
});

test('setup.sh gives a lost file the secret that the others know', async () => {
  const { folder, setup, read } = await clone();
  await setup();
  const known = readdirSync(join(folder, SECRETS)).filter((file) => !/root|dashboard-password/.test(file));
  assert.ok(known.length >= 12);
  for (const file of known) {
    const text = read(`${SECRETS}/${file}`);
    rmSync(join(folder, SECRETS, file));
    await setup();
    assert.equal(read(`${SECRETS}/${file}`), text, file);
  }
});

test('setup.sh says what is missing of Docker', async () => {
  const none = await (await clone(false)).setup();
  assert.equal(none.code, 1);
  assert.match(none.stderr, /missing: Docker\n.*docs\.docker\.com/);
  const { setup } = await clone();
  assert.match((await setup({ COMPOSE: '' })).stderr, /missing: Docker Compose v2\n.*docker-compose-plugin/);
  assert.match(
    (await setup({ COMPOSE: '2.17.3' })).stderr,
    /missing: Docker Compose 2\.20 or newer \(this is 2\.17\.3\)/,
  );
  for (const COMPOSE of ['2.20.0', 'v2.40.3', '5.0.1'])
    assert.equal((await setup({ COMPOSE })).code, 0, COMPOSE);
  const refused = await setup({
    REFUSES: 'permission denied while trying to connect to the Docker daemon socket',
  });
  assert.match(refused.stderr, /missing: the right to use Docker\n.*usermod -aG docker/);
  const down = await setup({ REFUSES: 'Cannot connect to the Docker daemon' });
  assert.match(down.stderr, /missing: a running Docker engine\n.*Cannot connect/);
});

test('setup.sh says which port is taken, which folder and which weights are not there', async () => {
  const { port, setup, read, folder } = await clone();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  assert.match((await setup()).stderr, new RegExp(`127\\.0\\.0\\.1:${port} is taken\n.*VERGER_PORT`));
  await new Promise((resolve) => server.close(resolve));
  assert.equal((await setup()).code, 0);
  const set = (name: string, value: string) =>
    writeFileSync(
      join(folder, '.env'),
      read('.env').replace(new RegExp(`^${name}=.*`, 'm'), `${name}=${value}`),
    );
  set('VERGER_IMAGES', '/no/such/photos');
  set('VERGER_WEIGHTS', '/no/such/weights.h5');
  const { code, stderr } = await setup();
  assert.equal(code, 1);
  assert.match(stderr, /missing: the folder \/no\/such\/photos\n.*VERGER_IMAGES/);
  assert.match(stderr, /missing: the file \/no\/such\/weights\.h5\n.*VERGER_WEIGHTS/);
  set('VERGER_IMAGES', 's3://photos/first');
  assert.match((await setup()).stderr, /s3:\/\/photos\/first is not one\n.*verger run s3:\/\/photos\/first/);
});

test('the users of the queue have the rights of docs/cluster.md', () => {
  const lines = (file: string) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /^user verger-(coordinator|worker|reducer|dashboard|autoscaler|actions) /.test(line))
      .map((line) => line.replace(/ >[A-Z-]+ /, ' '));
  const [coordinator = '', ...others] = lines('docs/cluster.md');
  assert.deepEqual(lines('infra/docker/users.acl'), [
    ...[coordinator, ...others],
    coordinator.replace('verger-coordinator', 'verger-actions'), // who resumes submits jobs
  ]);
});

test('the image is built from package.json files, sources and nothing secret', () => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  assert.ok(ignored.includes('*'));
  assert.deepEqual(
    ignored.filter((line) => line.startsWith('!') && /env|secrets|photos|\.git/.test(line)),
    [],
  );
});
