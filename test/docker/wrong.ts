/** One thing wrong at a time: what is said must be enough to go on. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { mustHold } from '../faults/fault-case.ts';
import type { Case, Site } from './case.ts';
import { fileOf, type Project } from './project.ts';

const SECRETS = 'infra/docker/secrets';
/** A program that is no docker: every word but `compose` is fine. */
const NO_COMPOSE = `#!/bin/sh\n[ "$1" != compose ] || { echo "docker: 'compose' is not a docker command." >&2; exit 1; }\n`;

const logSchema = z.object({ code: z.string(), message: z.string() });

/** A line of a log as code and message; any other as it is. */
function plain(line: string): string {
  if (!line.startsWith('{')) return line.trim();
  const { success, data } = logSchema.safeParse(JSON.parse(line));
  return success ? `${data.code}: ${data.message}` : line.trim();
}

/** The line that says it, for the table; broken when nothing says it. */
function sentence(text: string, expected: RegExp): string {
  const line = stripVTControlCharacters(text)
    .split('\n')
    .find((one) => expected.test(one));
  mustHold(line !== undefined, `nothing says ${expected}:\n${text.slice(-3000)}`);
  const short = plain(line).replaceAll('|', '/').replace(/\s+/g, ' ');
  return `\`${short.length > 160 ? `${short.slice(0, 160)}…` : short}\``.replaceAll('``', '`');
}

async function setupSays(project: Project, expected: RegExp): Promise<string> {
  const { code, stderr, stdout } = await project.run('infra/docker/setup.sh', []);
  mustHold(code === 1, `setup.sh ended with ${code}:\n${stdout}${stderr}`);
  return sentence(stderr, expected);
}

async function noCompose({ project }: Site): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'verger-no-compose-'));
  writeFileSync(join(folder, 'docker'), NO_COMPOSE, { mode: 0o755 });
  try {
    return await setupSays(project.with({ PATH: `${folder}:${process.env['PATH']}` }), /Docker Compose v2/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function portTaken({ project }: Site): Promise<string> {
  await project.down();
  const port = Number([...fileOf(project, '.env').matchAll(/^VERGER_PORT=(\d+)$/gm)].at(-1)?.[1]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    return await setupSays(project, /free port: 127\.0\.0\.1:\d+ is taken/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function noSetup({ project }: Site): Promise<string> {
  const { code, stderr } = await project.compose('--env-file', '/dev/null', 'up', '--wait');
  mustHold(code !== 0, 'it came up');
  return sentence(stderr, /run infra\/docker\/setup\.sh first/);
}

async function noSecret({ project }: Site): Promise<string> {
  const file = `${SECRETS}/redis-url-worker`;
  const text = fileOf(project, file);
  rmSync(join(project.folder, file));
  try {
    const { code, stderr } = await project.compose('up', '--wait', 'worker');
    mustHold(code !== 0, 'it came up');
    return sentence(stderr, /redis-url-worker/);
  } finally {
    writeFileSync(join(project.folder, file), text, { mode: 0o444 });
    await project.down();
  }
}

/** Brings one service up, which fails, and gives what it logged. */
async function upSays(project: Project, service: string, expected: RegExp): Promise<string> {
  const { code } = await project.compose('up', '--wait', '--wait-timeout', '40', service);
  const logs = await project.logs(service);
  mustHold(code !== 0, `it came up:\n${logs}`);
  return sentence(logs, expected);
}

async function wrongPassword({ project }: Site): Promise<string> {
  const file = `${SECRETS}/redis-url-worker`;
  const text = fileOf(project, file);
  rmSync(join(project.folder, file));
  writeFileSync(join(project.folder, file), text.replace(/:[^:@]+@/, ':wrong@'), { mode: 0o444 });
  try {
    return await upSays(project, 'worker', /E_REDIS_AUTH/);
  } finally {
    rmSync(join(project.folder, file));
    writeFileSync(join(project.folder, file), text, { mode: 0o444 });
    await project.down();
  }
}

/** The project with a second Compose file, which changes it. */
async function withOverride<T>(
  project: Project,
  text: string,
  body: (changed: Project) => Promise<T>,
): Promise<T> {
  const file = join(project.folder, 'override.yml');
  writeFileSync(file, text);
  const changed = project.with({ COMPOSE_FILE: `docker-compose.yml:${file}` });
  try {
    return await body(changed);
  } finally {
    await changed.down();
    rmSync(file);
  }
}

async function evicting({ project }: Site): Promise<string> {
  const words = [
    '--aclfile',
    '/run/secrets/users.acl',
    '--maxmemory',
    '64mb',
    '--maxmemory-policy',
    'allkeys-lru',
  ];
  const text = `services: { queue: { command: ${JSON.stringify(words)} } }`;
  return await withOverride(project, text, (changed) => upSays(changed, 'worker', /E_REDIS_POLICY/));
}

const runWords = (site: Site, name: string) =>
  ['run', '/photos', '--output', 's3://results', '--name', name, '--limit', '256', ...site.words] as const;

/** A run that fails, and the line that says why. */
async function runSays(project: Project, words: readonly string[], expected: RegExp): Promise<string> {
  const { code, stdout, stderr } = await project.verger(...words);
  mustHold(code !== 0, `it ended well:\n${stdout}`);
  return sentence(stderr, expected);
}

async function diskFull(site: Site): Promise<string> {
  await site.project.down();
  // Room for the weights and one partition, whose sums are 6.6 MB.
  const small = '{ driver: local, driver_opts: { type: tmpfs, device: tmpfs, o: "size=18m" } }';
  return await withOverride(site.project, `volumes: { store: ${small} }`, async (tiny) => {
    await tiny.composed('up', '-d', '--wait', ...site.services);
    return await runSays(tiny, runWords(site, 'full'), /E_\w+/);
  });
}

async function unreadable(site: Site): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'verger-unreadable-'));
  mkdirSync(join(folder, 'photos'));
  chmodSync(join(folder, 'photos'), 0o700);
  const closed = site.project.with({ VERGER_IMAGES: join(folder, 'photos') });
  try {
    return await runSays(closed, runWords(site, 'closed'), /E_\w+/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function noFolder(site: Site): Promise<string> {
  const gone = site.project.with({ VERGER_IMAGES: '/no/such/folder' });
  return await runSays(gone, runWords(site, 'gone'), /no\/such\/folder/);
}

async function noWeights(site: Site): Promise<string> {
  const words = ['run', '--rm', '-T', '-e', 'HTTPS_PROXY=http://127.0.0.1:9', 'verger'];
  const { project } = site;
  const without = project.with({ VERGER_WEIGHTS: '' });
  const { code, stderr } = await without.compose(...words, 'run', '/photos', '--output', 's3://results');
  mustHold(code !== 0, 'it ended well');
  return sentence(stderr, /E_WEIGHTS_DOWNLOAD/);
}

/** One thing wrong each. Those that end the cluster come last. */
export const WRONG_CASES: readonly Case[] = [
  { name: 'no Compose v2', share: true, run: noCompose },
  { name: 'no `setup.sh` before `up`', share: true, run: noSetup },
  { name: 'weights neither there nor downloadable', share: true, run: noWeights },
  { name: 'unreadable folder', share: true, run: unreadable },
  { name: 'no folder', share: false, run: noFolder },
  { name: 'port taken', share: false, run: portTaken },
  { name: 'a secret is missing', share: false, run: noSecret },
  { name: 'wrong password', share: false, run: wrongPassword },
  { name: 'queue with allkeys-lru', share: false, run: evicting },
  { name: 'disk full', share: false, run: diskFull },
];
