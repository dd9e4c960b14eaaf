/**
 * `npm run bench:pairs -- TREE [--pairs 7] [--images DIR] [--limit N] [--processes 2]`: CPU (user + system,
 * child processes included) of this built tree against the built TREE, in turns (A B, B A, …), for a run, a
 * run with --reuse, a refit and a cluster run on local folders (coordinator, worker and reducer, without
 * Redis). Needs the weights of the shared folder, and its photographs where --images names none.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';
import { programOf } from '@verger/testkit/tree';
import { type Cost, costOf } from './cost.ts';
import { withFolderCluster } from './folder-cluster.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { photographs, plantEarlyAndAll } from './photographs.ts';

const HERE = fileURLToPath(new URL('../..', import.meta.url));

/** One of the two trees, and where its runs go. */
interface Side {
  readonly commit: string;
  readonly program: string;
  readonly folder: string;
  /** A finished run of the early images, for --reuse. */
  readonly early: string;
  /** A finished run of all images, for the refit. */
  readonly whole: string;
}

interface Setting {
  readonly images: { readonly all: string; readonly early: string };
  readonly processes: number;
  readonly redis: RedisServer | undefined;
}

const outputOf = (side: Pick<Side, 'folder'>) => join(side.folder, 'measured');

function runWords({ images, processes }: Setting, output: string, more: readonly string[] = []): string[] {
  const weights = ['--weights', sharedFile('model/mobilenetv2_imagenet_no_top.h5')];
  const where = ['--output', output, '--max-bad', '1'];
  return ['run', images.all, ...where, ...weights, '--processes', String(processes), ...more];
}

/** What is measured, by name. Each starts from an empty output. */
const KINDS: Readonly<Record<string, (side: Side, setting: Setting) => Promise<Cost>>> = {
  run: (side, setting) => costOf(side.program, runWords(setting, outputOf(side))),
  'run --reuse, 5 % new': (side, setting) =>
    costOf(side.program, runWords(setting, outputOf(side), ['--reuse', side.early])),
  'refit --variance 0.9': (side) =>
    costOf(side.program, [
      'refit',
      side.whole,
      '--variance',
      '0.9',
      '--output',
      outputOf(side),
      '--max-bad',
      '1',
    ]),
  'cluster run': clusterCost,
};

/** CPU of the coordinator, and that of the worker and the reducer from the moment that both take jobs. */
async function clusterCost(side: Side, setting: Setting): Promise<Cost> {
  const { program, folder } = side;
  const { images, processes, redis } = setting;
  if (redis === undefined) throw new Error('no redis-server');
  const output = outputOf(side);
  await mkdir(output, { recursive: true });
  const cluster = { program, redisUrl: redis.url, roots: [images.all, output], folder, processes };
  return await withFolderCluster(cluster, async (services) => {
    const cpuMs = () => services.reduce((sum, service) => sum + service.cpuMs(), 0);
    const before = cpuMs();
    const cost = await costOf(program, runWords(setting, output, ['--redis', redis.url]));
    return { ...cost, cpuMs: cost.cpuMs + cpuMs() - before };
  });
}

async function openSide(tree: string, folder: string, setting: Setting): Promise<Side> {
  const git = ['-C', tree, 'describe', '--always', '--dirty', '--exclude', '*'];
  const commit = execFileSync('git', git, { encoding: 'utf8' }).trim();
  const program = programOf(tree);
  const made = async (name: string, all: string) => {
    const images = { ...setting.images, all };
    return (await costOf(program, runWords({ ...setting, images }, join(folder, name)))).location;
  };
  const { all, early } = setting.images;
  return { commit, program, folder, early: await made('early', early), whole: await made('whole', all) };
}

/** The costs of both sides in one pair, and how many promised files differ between them. */
interface Pair {
  readonly before: Cost;
  readonly now: Cost;
  readonly differing: number;
}

async function measurePair(
  measure: (side: Side) => Promise<Cost>,
  sides: { readonly before: Side; readonly now: Side },
  beforeFirst: boolean,
): Promise<Pair> {
  const order = beforeFirst ? (['before', 'now'] as const) : (['now', 'before'] as const);
  const costs = new Map<'before' | 'now', Cost>();
  for (const key of order) costs.set(key, await measure(sides[key]));
  const [before, now] = [costs.get('before')!, costs.get('now')!];
  const [one, other] = [await promisedHashes(before.location), await promisedHashes(now.location)];
  const files = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const side of Object.values(sides)) await rm(outputOf(side), { recursive: true, force: true });
  return { before, now, differing: [...files].filter((file) => one[file] !== other[file]).length };
}

const seconds = (ms: number) => (ms / 1000).toFixed(2);
const percent = (ratio: number) => `${ratio >= 1 ? '+' : ''}${(100 * (ratio - 1)).toFixed(1)} %`;

function row(name: string, pairs: readonly Pair[]): string[] {
  const cell = (values: readonly number[], shown: (value: number) => string) =>
    `${shown(median(values))} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
  const [before, now] = [pairs.map((pair) => pair.before), pairs.map((pair) => pair.now)];
  const cpu = (costs: readonly Cost[]) => costs.map(({ cpuMs }) => cpuMs);
  const ratios = pairs.map((pair) => pair.now.cpuMs / pair.before.cpuMs);
  const wall = [before, now].map((costs) => seconds(median(costs.map(({ wallMs }) => wallMs))));
  return [
    name,
    ...[cell(cpu(before), seconds), cell(cpu(now), seconds)],
    ...[percent(median(cpu(now)) / median(cpu(before))), cell(ratios, percent)],
    ...[wall.join(' → '), String(Math.max(...pairs.map(({ differing }) => differing)))],
  ];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string', default: '7' },
      images: { type: 'string' },
      limit: { type: 'string' },
      processes: { type: 'string', default: '2' },
    },
  });
  const [tree] = positionals;
  if (tree === undefined || positionals.length > 1) throw new Error('name one built tree');
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  const redis = redisMissing === false ? await startRedis() : undefined;
  try {
    const limit = values.limit === undefined ? undefined : Number(values.limit);
    const given = await photographs(folder, limit, values.images);
    const images = await plantEarlyAndAll(given, join(folder, 'planted'));
    const setting: Setting = { images, processes: Number(values.processes), redis };
    const sides = {
      before: await openSide(resolve(tree), join(folder, 'before'), setting),
      now: await openSide(HERE, join(folder, 'now'), setting),
    };
    const measured = new Map<string, Pair[]>();
    for (let pair = 0; pair < Number(values.pairs); pair += 1) {
      for (const [name, measure] of Object.entries(KINDS)) {
        if (name.startsWith('cluster') && redis === undefined) continue;
        const one = await measurePair((side) => measure(side, setting), sides, pair % 2 === 0);
        measured.set(name, [...(measured.get(name) ?? []), one]);
        const cpu = `${seconds(one.before.cpuMs)} → ${seconds(one.now.cpuMs)}`;
        process.stderr.write(`pair ${pair + 1}: ${name}, CPU ${cpu} s\n`);
      }
    }
    const { before, now } = sides;
    const head = ['median (spread)', `CPU of ${before.commit}, s`, `CPU of ${now.commit}, s`];
    const more = ['medians differ by', 'per pair', 'wall, s', 'promised files that differ'];
    const rows = [[...head, ...more], ...[...measured].map(([name, pairs]) => row(name, pairs))];
    const count = filesUnder(images.all).length.toLocaleString('en-US');
    process.stdout.write(
      `${warning}${count} images, ${values.pairs} pairs in turns. ${machineText()}; ` +
        `${values.processes} processes of one thread, batch 1.\n` +
        `${redis === undefined ? `Cluster run left out: ${redisMissing}.\n` : ''}\n` +
        `${markdownTable(rows, [1, 2, 3, 4, 5, 6])}\n`,
    );
  } finally {
    await redis?.close();
    await remove();
  }
}

await main();
