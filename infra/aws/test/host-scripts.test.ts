/** install-compose.sh and queue-certificate.sh, run with programs of their own in front of the real ones. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkServerIdentity, connect, createServer } from 'node:tls';
import { ROOT } from '../src/user-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'verger-aws-host-'));
const bin = join(folder, 'bin');
mkdirSync(bin);
after(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program first in the path; what it is called with is added to `<name>.calls`. */
function fake(name: string, body: string): void {
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/bash\nprintf '%s\\n' "$*" >> ${folder}/${name}.calls\n${body}\n`);
  chmodSync(file, 0o755);
}

function script(file: string, { args = [], env = {} }: { args?: string[]; env?: Record<string, string> }) {
  return spawnSync('bash', [file, ...args], {
    encoding: 'utf8',
    env: { ...env, PATH: `${bin}:${process.env['PATH']}`, HOME: folder },
  });
}

const install = join(ROOT, 'infra/aws/host/install-compose.sh');
const curl = 'while [ $# -gt 1 ]; do [ "$1" = --output ] && printf "what came" > "$2"; shift; done';

test('Docker Compose with another sha256 is not installed, and leaves nothing', () => {
  fake('curl', curl);
  const plugins = join(folder, 'refused');
  const { status, stderr } = script(install, { env: { VERGER_COMPOSE_PLUGINS: plugins } });
  assert.equal(status, 1);
  assert.match(stderr, /has not the sha256 [0-9a-f]{64}: not installed/);
  assert.deepEqual(readdirSync(plugins), []);
});

test('Docker Compose with the right sha256 is installed once, on both architectures', () => {
  const sha256 = createHash('sha256').update('what came').digest('hex');
  const copy = join(folder, 'install.sh');
  writeFileSync(copy, readFileSync(install, 'utf8').replaceAll(/sha256=[0-9a-f]{64}/g, `sha256=${sha256}`));
  for (const machine of ['x86_64', 'aarch64']) {
    fake('curl', curl);
    fake('uname', `echo ${machine}`);
    const calls = join(folder, 'curl.calls');
    const before = readFileSync(calls, 'utf8').length;
    const env = { VERGER_COMPOSE_PLUGINS: join(folder, machine) };
    assert.equal(script(copy, { env }).status, 0);
    assert.equal(script(copy, { env }).status, 0);
    const asked = readFileSync(calls, 'utf8').slice(before).trim().split('\n');
    assert.equal(asked.length, 1, 'it was there the second time');
    assert.ok(
      asked[0]?.endsWith(`/docker/compose/releases/download/v2.40.3/docker-compose-linux-${machine}`),
    );
  }
  assert.match(
    readFileSync(install, 'utf8'),
    /x86_64\) sha256=(?!d2637)[0-9a-f]{64} ;;\n +aarch64\) sha256=d2637/,
  );
});

/** Makes the certificate for an address, with settings of its own. */
function certificate(secrets: string) {
  const settings = join(folder, 'settings');
  writeFileSync(settings, 'REGION=eu-west-1\nVERGER_TLS=/verger/verger/queue-ca\n');
  fake('aws', '');
  const env = { VERGER_SECRETS: secrets, VERGER_SETTINGS: settings };
  return script(join(ROOT, 'infra/aws/host/queue-certificate.sh'), { args: ['10.64.0.7'], env });
}

test("the queue's certificate holds for its address, tunnels and the box, and its authority's key is gone", async () => {
  const secrets = join(folder, 'secrets');
  const { status, stderr } = certificate(secrets);
  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(secrets).sort(), ['queue-ca.crt', 'queue.crt', 'queue.key']);
  const read = (file: string) => readFileSync(join(secrets, file), 'utf8');
  const server = createServer({ key: read('queue.key'), cert: read('queue.crt') }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const refusal = async (name: string, ca: string) =>
    await new Promise<string | undefined>((resolve) => {
      // As if it had been reached by that name or address.
      const asName: typeof checkServerIdentity = (_, certificate) => checkServerIdentity(name, certificate);
      const socket = connect({ host: '127.0.0.1', port, ca, checkServerIdentity: asName });
      socket.on('secureConnect', () => resolve(undefined)).on('error', ({ message }) => resolve(message));
      socket.on('close', () => socket.destroy());
    });
  try {
    for (const name of ['10.64.0.7', '127.0.0.1', 'localhost', 'queue']) {
      assert.equal(await refusal(name, read('queue-ca.crt')), undefined, name);
    }
    assert.match((await refusal('10.64.0.8', read('queue-ca.crt'))) ?? '', /altnames/);
    assert.match((await refusal('queue', read('queue.crt'))) ?? '', /certificate/);
  } finally {
    server.close();
  }
});

test('the certificate is published, and made once', () => {
  const secrets = join(folder, 'secrets');
  const before = readFileSync(join(secrets, 'queue.crt'), 'utf8');
  assert.equal(certificate(secrets).status, 0);
  assert.equal(readFileSync(join(secrets, 'queue.crt'), 'utf8'), before);
  const calls = readFileSync(join(folder, 'aws.calls'), 'utf8');
  assert.equal(
    calls.match(/^ssm put-parameter --region eu-west-1 --name \/verger\/verger\/queue-ca/gm)?.length,
    2,
  );
  assert.ok(calls.includes(readFileSync(join(secrets, 'queue-ca.crt'), 'utf8').trim()));
  assert.ok(!/PRIVATE KEY/.test(calls));
  assert.ok(existsSync(join(secrets, 'queue.key')));
});
