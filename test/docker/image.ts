/** The image and the start: build, size, first image, children by CPU limit, nothing left at the end. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@verger/testkit/servers';
import { z } from 'zod';
import { mustHold } from '../faults/fault-case.ts';
import type { Case, Site } from './case.ts';
import { hasImage } from './engine.ts';
import { docker, IMAGE, waitUntil } from './project.ts';
import { scale } from './runs.ts';

/** What our layers may take over the base. */
const MOST_MB = 130;
const FIRST_IMAGE_MS = 30_000;

const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

async function built({ project }: Site): Promise<string> {
  const from = performance.now();
  await project.composed('build', '--quiet', 'worker');
  const took = seconds(from);
  const layers = z
    .array(z.string())
    .parse(JSON.parse(await docker('image', 'inspect', '-f', '{{json .RootFS.Layers}}', IMAGE)));
  const size = async (image: string) => Number(await docker('image', 'inspect', '-f', '{{.Size}}', image));
  const base = process.env['NODE_IMAGE'] ?? 'node:24-bookworm-slim';
  const ours = ((await size(IMAGE)) - (await size(base))) / 1e6;
  mustHold(ours <= MOST_MB, `our layers take ${ours.toFixed(0)} MB`);
  const user = await docker('image', 'inspect', '-f', '{{.Config.User}} {{.Config.StopSignal}}', IMAGE);
  assert.equal(user, '1000:1000 SIGTERM');
  return `${took}; our layers take ${ours.toFixed(1)} MB over the base (${layers.length} layers in all)`;
}

const METRIC = `fetch('http://127.0.0.1:9464/metrics').then((a) => a.text()).then((text) => console.log(/^verger_images_total\\{[^}]*extracted[^}]*\\} (\\d+)/m.exec(text)?.[1] ?? '0'))`;

/** Images that any worker has extracted. */
async function extracted({ project }: Site): Promise<number> {
  const counts = (await project.containers('worker')).map((id) =>
    project.inside(id, 'node', '-e', METRIC).catch(() => '0'),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + Number(count), 0);
}

async function firstImage(site: Site): Promise<string> {
  const { project, services, few, words } = site;
  await project.down();
  await project.composed('build', '--quiet');
  const from = performance.now();
  await project.composed('up', '-d', '--wait', '--scale', 'worker=3', ...services);
  const up = performance.now() - from;
  const ended = project.verger(
    'run',
    '/photos',
    '--output',
    's3://results',
    '--name',
    'first',
    '--limit',
    String(few),
    ...words,
  );
  await waitUntil('the first image', 60, async () => (await extracted(site)) > 0);
  const first = performance.now() - from;
  const { code, stderr } = await ended;
  mustHold(code === 0, `the run ended with ${code}:\n${stderr}`);
  mustHold(
    first < FIRST_IMAGE_MS,
    `the first image came after ${(first / 1000).toFixed(1)} s, \`up\` took ${(up / 1000).toFixed(1)} s`,
  );
  return `\`up --wait\` of 3 workers ${(up / 1000).toFixed(1)} s, first image after ${(first / 1000).toFixed(1)} s`;
}

/** Any user can write a result where a folder of that user is mounted. */
async function exported({ project }: Site): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'verger-export-'));
  chmodSync(folder, 0o777);
  try {
    const words = ['run', '--rm', '-T', '-u', '1234', '-v', `${folder}:/out`, 'verger'];
    await project.composed(...words, 'export', 's3://results/first', '--output', '/out/run.csv');
    mustHold(statSync(join(folder, 'run.csv')).uid === 1234, 'the file belongs to somebody else');
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 'a CSV in a mounted folder, written by another user';
}

const startedSchema = z.object({ message: z.literal('takes jobs'), processes: z.number() });

/** Children of a worker with so many CPUs, by its log. */
async function children(site: Site, cpus: string): Promise<number> {
  const project = site.project.with({ VERGER_WORKER_CPUS: cpus });
  await project.composed(
    'up',
    '-d',
    '--wait',
    '--force-recreate',
    '--no-deps',
    '--scale',
    'worker=1',
    'worker',
  );
  const lines = (await project.logs('worker')).split('\n').filter((line) => line.includes('takes jobs'));
  return startedSchema.parse(JSON.parse(lines.at(-1) ?? '{}')).processes;
}

async function byCpus(site: Site): Promise<string> {
  const cores = Number(await docker('info', '-f', '{{.NCPU}}'));
  assert.equal(await children(site, '0.5'), 1, 'children with cpus: 0.5');
  if (cores >= 2) assert.equal(await children(site, '2'), 2, 'children with cpus: 2');
  const version = await docker('info', '-f', '{{.CgroupVersion}}');
  await scale(site, 1);
  return `\`cpus: 0.5\` 1 child${cores >= 2 ? ', `cpus: 2` 2 children' : ''} (cgroup v${version})`;
}

async function otherQueue(site: Site): Promise<string> {
  const redis = site.project.with({ VERGER_QUEUE_IMAGE: 'redis:7' });
  await site.project.down();
  await redis.composed('up', '-d', '--wait', ...site.services);
  const words = [
    'run',
    '/photos',
    '--output',
    's3://results',
    '--name',
    'redis',
    '--limit',
    String(site.few),
    ...site.words,
  ];
  const { code, stderr } = await redis.verger(...words);
  mustHold(code === 0, `the run ended with ${code}:\n${stderr}`);
  return 'a run with `VERGER_QUEUE_IMAGE=redis:7`';
}

const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ health: z.string(), labels: z.object({ job: z.string() }) })),
  }),
});

async function scraped({ project }: Site): Promise<string> {
  const port = String(await freePort());
  const local = (await hasImage('prom/prometheus:v3.5.0'))
    ? {}
    : { VERGER_PROMETHEUS_IMAGE: 'prom/prometheus:latest' };
  const variables = { COMPOSE_PROFILES: 'store,metrics', VERGER_PROMETHEUS_PORT: port, ...local };
  const watched = project.with(variables);
  await watched.composed('up', '-d', '--wait', '--scale', 'worker=3');
  const jobs = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/targets?state=active`).catch(() => undefined);
    if (answer?.ok !== true) return '';
    const { activeTargets } = targetsSchema.parse(await answer.json()).data;
    const up = activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.job);
    return up.sort().join(' ');
  };
  const all = 'verger-dashboard verger-reducer verger-worker verger-worker verger-worker';
  await waitUntil('all targets are up', 120, async () => (await jobs()) === all);
  await watched.composed('rm', '--stop', '--force', 'prometheus');
  return 'profile `metrics`: 3 workers, reducer and dashboard are scraped';
}

async function nothingLeft({ project }: Site): Promise<string> {
  await project.down();
  const label = `label=com.docker.compose.project=${project.name}`;
  for (const list of [
    ['ps', '-aq'],
    ['volume', 'ls', '-q'],
    ['network', 'ls', '-q'],
  ]) {
    assert.equal(await docker(...list, '--filter', label), '', list.join(' '));
  }
  return 'no container, volume or network';
}

/** The cases before the runs. */
export const START_CASES: readonly Case[] = [
  { name: 'build', share: true, run: built },
  { name: '`up` to first image', share: true, run: firstImage },
  { name: 'export to a folder', share: true, run: exported },
];

/** The cases after the runs. */
export const END_CASES: readonly Case[] = [
  { name: 'children by `cpus`', share: true, run: byCpus },
  { name: 'Prometheus', share: false, run: scraped },
  { name: 'redis:7 as the queue', share: false, run: otherQueue },
];

/** The last one of all. */
export const LAST_CASE: Case = { name: '`down -v`', share: true, run: nothingLeft };
