/** docker-compose.yml as the control box runs it, merged by Docker Compose itself; no engine is needed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../src/user-data.ts';

interface Service {
  readonly build?: unknown;
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly secrets?: readonly { readonly source: string }[];
  readonly networks: Record<string, unknown>;
  readonly ports?: readonly {
    readonly target: number;
    readonly published: string;
    readonly host_ip?: string;
  }[];
  readonly deploy?: { readonly replicas: number };
  readonly logging: { readonly driver: string; readonly options: Record<string, string> };
}

interface Merged {
  readonly services: Record<string, Service>;
  readonly networks: Record<string, { internal?: boolean; driver_opts?: Record<string, string> }>;
}

/** As host/control.sh writes them into .env. */
const ENV = {
  AWS_REGION: 'eu-west-1',
  VERGER_DOCKER_IMAGE: 'registry/verger:1',
  VERGER_IMAGES: './photos',
  VERGER_S3_ENDPOINT: '',
  VERGER_ALLOW_ROOTS: 's3://photos,s3://results',
  VERGER_PLACES: 's3://results',
  VERGER_GROUP: 'verger-workers',
  VERGER_LOG_GROUP: '/verger/verger/control',
};

function merged(files: readonly string[]): Merged {
  const args = ['compose', '--profile', 'cli', '--project-directory', ROOT];
  const named = ['docker-compose.yml', ...files].flatMap((file) => ['-f', join(ROOT, file)]);
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    COMPOSE_ENV_FILES: '/dev/null',
    ...ENV,
  };
  const options = { encoding: 'utf8', env } as const;
  const { stdout, stderr } = spawnSync('docker', [...args, ...named, 'config', '--format', 'json'], options);
  assert.ok(stdout !== '', stderr);
  return JSON.parse(stdout) as Merged;
}

const OVERRIDE = ['infra/aws/compose.override.yml'];
// It comes with the engine that `test:docker` has; where there is none, these are skipped, as that is.
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
const skip = hasCompose ? false : 'there is no docker compose';
const OWN = ['reducer', 'autoscaler', 'dashboard', 'verger'];

test('services of verger have no keys for S3: they use the role of the instance', { skip }, () => {
  const { services } = merged(OVERRIDE);
  for (const name of OWN) {
    const service = services[name];
    assert.ok(service, name);
    assert.equal(service.environment?.['AWS_SHARED_CREDENTIALS_FILE'], undefined, name);
    assert.equal(service.environment?.['VERGER_S3_ENDPOINT'] ?? '', '', name);
    assert.deepEqual(
      service.secrets?.map(({ source }) => source).filter((source) => source.startsWith('s3')),
      [],
      name,
    );
    assert.ok('outside' in service.networks && 'internal' in service.networks, name);
  }
});

test('they run the image of ECR, which is not built on the box, each with its own password', { skip }, () => {
  const { services } = merged(OVERRIDE);
  for (const name of OWN) {
    assert.equal(services[name]?.image, ENV.VERGER_DOCKER_IMAGE);
    assert.equal(services[name]?.build, undefined, name);
    const user = name === 'verger' ? 'coordinator' : name;
    const urls = services[name]?.secrets
      ?.map(({ source }) => source)
      .filter((one) => one.startsWith('redis'));
    assert.deepEqual(urls, [`redis-url-${user}`]);
  }
  assert.equal(services['autoscaler']?.environment?.['VERGER_GROUP'], 'verger-workers');
  assert.equal(services['autoscaler']?.profiles, undefined, 'it starts with the others');
  assert.equal(services['worker']?.deploy?.replicas, 0);
});

test('of the box only the queue is published, on a network that reaches nothing', { skip }, () => {
  const { services, networks } = merged(OVERRIDE);
  const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.filter(({ host_ip }) => host_ip !== '127.0.0.1').map(({ target }) => `${name} ${target}`),
  );
  assert.deepEqual(open, ['queue 6379']);
  assert.deepEqual(Object.keys(services['queue']?.networks ?? {}).sort(), ['internal', 'published']);
  assert.equal(networks['internal']?.internal, true);
  const masquerade = 'com.docker.network.bridge.enable_ip_masquerade';
  assert.equal(networks['published']?.driver_opts?.[masquerade], 'false');
});

test('with TLS only its port is published, and the queue keeps its other settings', { skip }, () => {
  const plain = merged(OVERRIDE).services['queue'];
  const { services } = merged([...OVERRIDE, 'infra/aws/compose.tls.yml']);
  const queue = services['queue'];
  const ports = queue?.ports?.map(({ target, published }) => `${published}:${target}`);
  assert.deepEqual(ports, ['6379:6380']);
  const words = queue?.command ?? [];
  assert.deepEqual(words.slice(0, plain?.command?.length), plain?.command);
  assert.equal(words[words.indexOf('--tls-port') + 1], '6380');
  const secrets = queue?.secrets?.map(({ source }) => source) ?? [];
  assert.ok(['users.acl', 'queue.crt', 'queue.key'].every((secret) => secrets.includes(secret)));
});

test('every service on the box logs to CloudWatch', { skip }, () => {
  const { services } = merged(OVERRIDE);
  for (const name of ['queue', ...OWN]) {
    const logging = services[name]?.logging;
    assert.equal(logging?.driver, 'awslogs', name);
    assert.equal(logging.options['awslogs-group'], ENV.VERGER_LOG_GROUP);
    assert.equal(logging.options['mode'], 'non-blocking');
    assert.equal(logging.options['max-file'], undefined, 'an option of another driver');
  }
});
