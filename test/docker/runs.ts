/** Runs in the cluster: through S3, from a folder, scaled, killed, together. Each has the bytes of a local run. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProgramResult } from '@verger/testkit/program';
import { differing, mustHold } from '../faults/fault-case.ts';
import type { Case, Site } from './case.ts';
import { docker, waitUntil } from './project.ts';

const S3_IMAGES = 's3://photos/all';

type Source = typeof S3_IMAGES | '/photos';

/** Starts a run; the promise is its end. */
async function coordinate(
  site: Site,
  name: string,
  source: Source,
  more: readonly string[],
): Promise<ProgramResult> {
  const words = ['run', source, '--output', 's3://results', '--name', name, ...site.words, ...more];
  return await site.project.verger(...words);
}

async function mustBeAsLocal(
  site: Site,
  name: string,
  which: 'all' | 'few',
  ended: ProgramResult,
): Promise<void> {
  mustHold(ended.code === 0, `the run ${name} ended with ${ended.code}:\n${ended.stderr.slice(-3000)}`);
  const differ = differing(await site.expected(which), await site.hashes(name));
  mustHold(differ.length === 0, `other bytes than the local run: ${differ.join(', ')}`);
}

const fewWords = ({ few }: Site) => ['--limit', String(few)];

/** Brings the number of workers to what is given. */
export async function scale(site: Site, workers: number): Promise<void> {
  const words = ['up', '-d', '--wait', '--no-recreate', '--scale', `worker=${workers}`, ...site.services];
  await site.project.composed(...words);
}

/** Waits until a run has so many committed partitions. */
async function committed(site: Site, name: string, count: number): Promise<void> {
  const [store = ''] = await site.project.containers('store');
  const list = ['exec', store, 'sh', '-c', `ls /data/results/${name}/commits 2>/dev/null | wc -l`];
  await waitUntil(`${count} commits of ${name}`, 240, async () => Number(await docker(...list)) >= count);
}

const seconds = (from: number) => `${((performance.now() - from) / 1000).toFixed(0)} s`;

async function throughS3(site: Site): Promise<string> {
  const copied = await site.project.verger('sample', '/photos', '--output', S3_IMAGES, '--fraction', '1');
  mustHold(copied.code === 0, `copying ended with ${copied.code}:\n${copied.stderr}`);
  await scale(site, 3);
  const from = performance.now();
  const ended = await coordinate(site, 'through-s3', S3_IMAGES, []);
  const took = seconds(from);
  await mustBeAsLocal(site, 'through-s3', 'all', ended);
  return `3 workers, ${took}; promised files equal to the local run's`;
}

async function scaledDuringARun(site: Site): Promise<string> {
  await scale(site, 3);
  const from = performance.now();
  const ended = coordinate(site, 'folder', '/photos', []);
  await committed(site, 'folder', 2);
  await scale(site, 5);
  await committed(site, 'folder', 8);
  await scale(site, 1);
  const outcome = await ended;
  const took = seconds(from);
  await mustBeAsLocal(site, 'folder', 'all', outcome);
  return `3 → 5 → 1 workers during it, ${took}; promised files equal to the local run's`;
}

async function workerKilled(site: Site): Promise<string> {
  await scale(site, 2);
  const ended = coordinate(site, 'worker-killed', '/photos', fewWords(site));
  await committed(site, 'worker-killed', 1);
  const [first = ''] = await site.project.containers('worker');
  const from = performance.now();
  await docker('kill', first);
  const outcome = await ended;
  const took = seconds(from);
  await mustBeAsLocal(site, 'worker-killed', 'few', outcome);
  return `one of two; the other does its partitions too, done ${took} later`;
}

async function queueKilled(site: Site): Promise<string> {
  await scale(site, 2);
  const ended = coordinate(site, 'queue-killed', '/photos', fewWords(site));
  await committed(site, 'queue-killed', 1);
  const [queue = ''] = await site.project.containers('queue');
  await docker('kill', queue);
  await pause(5000); // how long the outage lasts
  await docker('start', queue);
  await mustBeAsLocal(site, 'queue-killed', 'few', await ended);
  return 'away for 5 s; the run continues';
}

async function reducerKilled(site: Site): Promise<string> {
  await scale(site, 2);
  const ended = coordinate(site, 'reducer-killed', '/photos', fewWords(site));
  await committed(site, 'reducer-killed', 1);
  const [reducer = ''] = await site.project.containers('reducer');
  const pid = Number(await docker('inspect', '-f', '{{.State.Pid}}', reducer));
  process.kill(pid, 'SIGKILL');
  const restarts = async () => Number(await docker('inspect', '-f', '{{.RestartCount}}', reducer));
  await waitUntil('the reducer is started again', 30, async () => (await restarts()) > 0);
  await docker('kill', reducer);
  await docker('start', reducer);
  await mustBeAsLocal(site, 'reducer-killed', 'few', await ended);
  return 'its process killed (Docker starts it again), then `docker kill` and `docker start`';
}

async function together(site: Site): Promise<string> {
  await scale(site, 2);
  const after = await coordinate(site, 'after', '/photos', fewWords(site));
  await mustBeAsLocal(site, 'after', 'few', after);
  const both = await Promise.all(
    ['one', 'two'].map((name) => coordinate(site, name, '/photos', fewWords(site))),
  );
  for (const [index, name] of ['one', 'two'].entries()) {
    await mustBeAsLocal(site, name, 'few', both[index] as ProgramResult);
  }
  return 'one run after another, then two at once';
}

/** All cases of runs, in order: the first one fills the bucket. */
export const RUN_CASES: readonly Case[] = [
  { name: 'all images through S3', share: true, run: throughS3 },
  { name: 'all images from a folder, scaled', share: false, run: scaledDuringARun },
  { name: '`docker kill` of a worker', share: false, run: workerKilled },
  { name: '`docker kill` of the queue', share: false, run: queueKilled },
  { name: 'kill of the reducer', share: false, run: reducerKilled },
  { name: 'runs together', share: false, run: together },
];
