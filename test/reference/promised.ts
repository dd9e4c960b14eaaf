/**
 * `npm run promised -- TREE [--images DIR] [--weights FILE]`: the sha256 of every promised file that the
 * built TREE makes in a demo, a run of the images, a refit, a transform and a cluster run, one sorted line
 * per file. Compare two trees with `diff`. Without the photographs of the shared folder, the runs use the
 * demo's images; without its weights, untrained ones; a line on stderr says so.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@verger/testkit/cli';
import { redisMissing, startRedis } from '@verger/testkit/redis-server';
import { promisedHashes } from '@verger/testkit/run-folder';
import { sharedFolder } from '@verger/testkit/shared';
import { programOf } from '@verger/testkit/tree';
import { costOf } from '../bench/cost.ts';
import { withFolderCluster } from '../bench/folder-cluster.ts';

const PROCESSES = 2;

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The given path, else that one of the shared folder; undefined, and said, where there is neither. */
function givenOrShared(what: string, given: string | undefined, inShared: string): string | undefined {
  const path = given ?? (sharedFolder === undefined ? undefined : join(sharedFolder, inShared));
  if (path !== undefined && existsSync(path)) return resolve(path);
  if (given !== undefined) throw new Error(`${given} does not exist`);
  note(`skipped: ${what} (there is no shared folder, and none are given)`);
  return undefined;
}

/** The folders of the runs, by name. */
async function makeRuns(
  program: string,
  folder: string,
  given: { readonly images: string | undefined; readonly weights: string },
): Promise<ReadonlyMap<string, string>> {
  const runs = new Map<string, string>();
  const output = join(folder, 'results');
  const weights = ['--weights', given.weights];
  const local = ['--processes', String(PROCESSES)];
  const make = async (name: string, words: readonly string[]) => {
    const { wallMs, location } = await costOf(program, words);
    note(`${name}: ${(wallMs / 1000).toFixed(1)} s`);
    runs.set(name, location);
    return location;
  };
  const run = (images: string, name: string, more: readonly string[]) =>
    make(name, [
      ...['run', images, '--output', output, '--name', name, '--csv', '--max-bad', '1'],
      ...[...weights, ...more],
    ]);
  const demo = join(folder, 'demo');
  await make('demo', ['demo', '--output', demo, ...weights, ...local]);
  const orchard = join(demo, 'orchard');
  const images = given.images ?? orchard;
  const whole = await run(images, 'run', local);
  await make('refit', [
    ...['refit', whole, '--variance', '0.9', '--output', output, '--name', 'refit', '--csv', ...local],
    ...['--max-bad', '1'],
  ]);
  await make('transform', [
    ...['transform', whole, orchard, '--output', output, '--name', 'transform', '--csv'],
    ...['--max-bad', '1', ...weights, ...local],
  ]);
  if (redisMissing !== false) {
    note(`skipped: cluster (${redisMissing})`);
    return runs;
  }
  const redis = await startRedis();
  try {
    const roots = [images, output];
    const cluster = { program, redisUrl: redis.url, roots, folder, processes: PROCESSES };
    await withFolderCluster(cluster, () => run(images, 'cluster', ['--redis', redis.url]));
  } finally {
    await redis.close();
  }
  return runs;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { images: { type: 'string' }, weights: { type: 'string' } },
  });
  const [tree] = positionals;
  if (tree === undefined || positionals.length > 1) throw new Error('name one built tree');
  const images = givenOrShared('photographs', values.images, 'data/fruits-360/Test');
  const weights =
    values.weights === 'untrained'
      ? undefined
      : givenOrShared('weights', values.weights, 'model/mobilenetv2_imagenet_no_top.h5');
  const { folder, remove } = await temporaryFolder();
  try {
    const given = { images, weights: weights ?? 'untrained' };
    const runs = await makeRuns(programOf(tree), folder, given);
    const lines: string[] = [];
    for (const [name, location] of runs) {
      const hashes = Object.entries(await promisedHashes(location));
      if (hashes.length === 0) throw new Error(`no promised file in ${location}: ${await readdir(location)}`);
      lines.push(...hashes.map(([file, sha256]) => `${sha256}  ${name}/${file}`));
    }
    const place = (line: string) => line.slice(line.indexOf(' '));
    lines.sort((a, b) => (place(a) < place(b) ? -1 : 1));
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await remove();
  }
}

await main();
