/** Each hardening property, asked from inside the containers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { mustHold } from '../faults/fault-case.ts';
import type { Case, Site } from './case.ts';
import { docker, fileOf } from './project.ts';
import { scale } from './runs.ts';

const PROBE = readFileSync(new URL('./probe.js', import.meta.url), 'utf8');
const NONE = '0000000000000000';
const SECRETS = 'infra/docker/secrets';
/** Secrets that no environment and no command line may show. */
const SECRET_FILES = [
  'redis-url-worker',
  'redis-url-reducer',
  'redis-url-dashboard',
  'redis-url-coordinator',
];

const probeSchema = z.object({
  uid: z.number(),
  capabilities: z.array(z.string()),
  noNewPrivileges: z.string(),
  seccomp: z.string(),
  writable: z.array(z.string()),
  listening: z.array(z.number()),
  hasWayOut: z.boolean(),
  memory: z.number(),
  pids: z.string(),
  processes: z.number(),
  shown: z.string(),
});

const inspectSchema = z.object({
  ReadonlyRootfs: z.boolean(),
  CapDrop: z.array(z.string()).nullable(),
  SecurityOpt: z.array(z.string()).nullable(),
  PidsLimit: z.number().nullable(),
  Memory: z.number(),
  NanoCpus: z.number(),
  PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string() }))).nullable(),
  LogConfig: z.object({ Config: z.record(z.string(), z.string()) }),
});

/** What the network of a service must and must not be, and its own port. */
const EXPECTED = {
  worker: { hasWayOut: false, listening: [9464] },
  reducer: { hasWayOut: false, listening: [9464] },
  dashboard: { hasWayOut: true, listening: [3000, 9464] },
} as const;

async function insideOf(site: Site, service: keyof typeof EXPECTED): Promise<void> {
  const [container = ''] = await site.project.containers(service);
  const facts = probeSchema.parse(JSON.parse(await site.project.inside(container, 'node', '-e', PROBE)));
  assert.equal(facts.uid, 1000, 'user');
  assert.deepEqual(facts.capabilities, [NONE, NONE, NONE, NONE, NONE], 'capabilities');
  assert.equal(facts.noNewPrivileges, '1', 'no-new-privileges');
  assert.equal(facts.seccomp, '2', 'seccomp filter');
  assert.deepEqual(facts.writable, ['/tmp'], `writable paths of ${service}`);
  assert.deepEqual(facts.listening, EXPECTED[service].listening, `open ports of ${service}`);
  assert.equal(facts.hasWayOut, EXPECTED[service].hasWayOut, `a way out of ${service}`);
  assert.equal(facts.pids, '256', 'pids limit');
  assert.ok(facts.memory > 0 && facts.memory <= 2 ** 31, `memory limit of ${service}`);
  mustHold(service !== 'worker' || facts.processes >= 3, 'init, the worker and a child are to be looked at');
  for (const file of SECRET_FILES) {
    const password = /:([^:@]+)@/.exec(fileOf(site.project, `${SECRETS}/${file}`))?.[1] ?? '';
    mustHold(
      password.length > 20 && !facts.shown.includes(password),
      `${service} shows the secret of ${file}`,
    );
  }
}

async function outsideOf(site: Site): Promise<number> {
  const ids = (await site.project.composed('ps', '-q')).split('\n').filter((id) => id !== '');
  for (const id of ids) {
    const name = await docker('inspect', '-f', '{{.Name}}', id);
    const host = inspectSchema.parse(JSON.parse(await docker('inspect', '-f', '{{json .HostConfig}}', id)));
    mustHold(host.ReadonlyRootfs, `${name}: the root is writable`);
    assert.deepEqual(host.CapDrop, ['ALL'], name);
    assert.deepEqual(host.SecurityOpt, ['no-new-privileges:true'], name);
    mustHold((host.PidsLimit ?? 0) > 0 && host.Memory > 0 && host.NanoCpus > 0, `${name}: no limits`);
    mustHold(host.LogConfig.Config['max-size'] !== undefined, `${name}: no log rotation`);
    const ports = Object.values(host.PortBindings ?? {}).flat();
    mustHold(
      ports.every(({ HostIp }) => HostIp === '127.0.0.1'),
      `${name}: a port for the world`,
    );
    mustHold(ports.length === 0 || /dashboard|prometheus/.test(name), `${name}: a published port`);
  }
  return ids.length;
}

async function hardened(site: Site): Promise<string> {
  await scale(site, 1);
  const services = (['worker', 'reducer', 'dashboard'] as const).filter(
    (name) => site.services.length === 0 || site.services.includes(name),
  );
  for (const service of services) await insideOf(site, service);
  const count = await outsideOf(site);
  const cli = await site.project.compose('run', '--rm', '-T', '--entrypoint', 'node', 'verger', '-e', PROBE);
  const facts = probeSchema.parse(JSON.parse(cli.stdout));
  assert.deepEqual(facts.writable, ['/tmp', '/var/cache/verger'], 'writable paths of the command line');
  assert.deepEqual([facts.listening, facts.hasWayOut], [[], true], 'ports and way out of the command line');
  return `${services.join(', ')}, command line from inside; ${count} containers: user, capabilities, paths, ports, secrets, ways out, limits`;
}

async function refusedByQueue(site: Site): Promise<string> {
  const [queue = ''] = await site.project.containers('queue');
  const ask = async (role: string, ...words: readonly string[]) => {
    const url = fileOf(site.project, `${SECRETS}/redis-url-${role}`).trim();
    const password = /:([^:@]+)@/.exec(url)?.[1] ?? '';
    const user = ['--no-auth-warning', '--user', `verger-${role}`, '--pass', password];
    return await site.project.inside(queue, 'redis-cli', ...user, ...words);
  };
  assert.match(await site.project.inside(queue, 'redis-cli', 'ping'), /NOAUTH/);
  for (const role of ['coordinator', 'worker', 'reducer', 'dashboard', 'autoscaler']) {
    assert.equal(await ask(role, 'ping'), 'PONG', role);
    assert.match(await ask(role, 'flushall'), /NOPERM/, role);
    assert.match(await ask(role, 'set', 'other:key', '1'), /NOPERM/, role);
  }
  for (const role of ['dashboard', 'autoscaler']) {
    assert.match(await ask(role, 'set', 'verger:key', '1'), /NOPERM/);
    assert.match(
      await ask(role, 'eval', "redis.call('set', KEYS[1], 1)", '1', 'verger:key'),
      /NOPERM|can't run this command/,
    );
  }
  return 'no user: NOAUTH; FLUSHALL and other keys: NOPERM for each role; no write by dashboard and autoscaler';
}

const S3_PROBE = `
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const client = new S3Client({ endpoint: process.env.VERGER_S3_ENDPOINT, forcePathStyle: true });
for (const command of [
  new PutObjectCommand({ Bucket: 'photos', Key: 'x', Body: 'x' }),
  new DeleteObjectCommand({ Bucket: 'results', Key: 'x' }),
]) console.log(await client.send(command).then(() => 'allowed', (error) => error.name));
`;

async function refusedByStore(site: Site): Promise<string> {
  const [worker = ''] = await site.project.containers('worker');
  const words = [
    'exec',
    '-w',
    '/opt/verger/packages/storage',
    worker,
    'node',
    '--input-type=module',
    '-e',
    S3_PROBE,
  ];
  assert.deepEqual((await docker(...words)).split('\n'), ['AccessDenied', 'AccessDenied']);
  return "a worker's keys write no photograph and delete no result";
}

/** The cases of hardening. */
export const HARDENING_CASES: readonly Case[] = [
  { name: 'hardening', share: true, run: hardened },
  { name: 'users of the queue', share: true, run: refusedByQueue },
  { name: 'users of the store', share: true, run: refusedByStore },
];
