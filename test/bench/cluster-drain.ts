import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createClusterExecutor } from '@verger/cluster';
import type { Run } from '@verger/core';
import { openQueue } from '@verger/queue';
import { readSuccess } from '@verger/run';
import { markdownTable } from '@verger/testkit/built';
import { startRedis } from '@verger/testkit/redis-server';
import { CLOCK, createTestRun, openTestEpoch, SILENT, WORKER } from '@verger/testkit/run-harness';
import { treeCpuMs } from './cluster-site.ts';
import { type PartResult, verdictOf } from './cluster-verdict.ts';
import { WIDTH } from './narrow-children.ts';

const SERVICE = fileURLToPath(new URL('./drain-service.ts', import.meta.url));
const PREFIX = 'bench';
const WORKERS = 2;
const MOST_SECONDS = 300;

interface DrainProcess {
  readonly name: string;
  readonly child: ChildProcess;
}

async function startProcess(role: 'worker' | 'reducer', name: string, url: string): Promise<DrainProcess> {
  const child = fork(SERVICE, [JSON.stringify({ role, url, prefix: PREFIX })]);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ]);
  return { name, child };
}

/**
 * So many partitions of one image each, from submission to `_SUCCESS`: real Redis, real storage (a folder),
 * the real executor, consumers, handlers and stage functions in processes of their own. Children of width 8
 * (`narrowChildren`) in place of child processes.
 */
export async function drainPart(folder: string, partitions: number): Promise<PartResult> {
  const redis = await startRedis({ appendOnly: true, args: ['--appendfsync', 'everysec'] });
  const names = Array.from({ length: partitions }, (_, index) => index);
  const files = Object.fromEntries(names.map((at) => [`label-${at % 100}/${at}.jpg`, `image ${at}`]));
  const planned = await timed(() => createTestRun(folder, files, { extraction: { partitions } }));
  const { manifest, store, images } = planned.value;
  const queue = await openQueue({
    ...{ url: redis.url, prefix: PREFIX, logger: SILENT, name: 'bench', role: 'coordinator' },
  });
  const executor = createClusterExecutor({
    ...{ queue, priority: 'normal', worker: WORKER, clock: CLOCK, logger: SILENT },
  });
  const processes: DrainProcess[] = [];
  try {
    for (let index = 0; index < WORKERS; index += 1)
      processes.push(await startProcess('worker', `worker ${index + 1}`, redis.url));
    processes.push(await startProcess('reducer', 'reducer', redis.url));
    const run: Run = { manifest, store, images, epoch: await openTestEpoch(store) };
    const cpuBefore = process.cpuUsage();
    const submitted = await timed(() => executor.submit(run));
    process.stderr.write(`submitted in ${submitted.seconds.toFixed(1)} s\n`);
    const stages: string[][] = [];
    const drained = await timed(async () => {
      for await (const event of executor.watch(run)) {
        if (event.type === 'attempt:failed') throw new Error(`${event.code}: ${event.reason}`);
        if (event.type !== 'stage:done') continue;
        stages.push([event.stage, (event.ms / 1000).toFixed(1)]);
        process.stderr.write(`${event.stage}: ${(event.ms / 1000).toFixed(1)} s\n`);
      }
    });
    const { extracted = 0, k = null } = (await readSuccess(store)) ?? {};
    if (extracted !== partitions || k === null) throw new Error(`only ${extracted} images, k = ${k}`);
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpu = [
      ['coordinator', ((user + system) / 1e6).toFixed(1)],
      ...processes.map(({ name, child }) => [name, (treeCpuMs(child.pid ?? 0) / 1000).toFixed(1)]),
      ['Redis', (treeCpuMs(redis.pid) / 1000).toFixed(1)],
    ];
    const all = submitted.seconds + drained.seconds;
    return {
      text: `${about(partitions, planned.seconds)}\n\n${markdownTable([['stage, as the coordinator sees it', 's'], ['submit', submitted.seconds.toFixed(1)], ...stages], [1])}\n\n${markdownTable([['process', 'CPU, s'], ...cpu], [1])}`,
      verdicts: [verdictOf('submitted and drained', all, { most: MOST_SECONDS, unit: ' s' })],
    };
  } finally {
    await Promise.all(processes.map(endProcess));
    await executor.close();
    await queue.close();
    await redis.close();
  }
}

/** What is measured, and what is not. */
function about(partitions: number, plannedSeconds: number): string {
  const count = partitions.toLocaleString('en-US');
  return [
    `${count} partitions of one image, an extractor of width ${WIDTH}, ${WORKERS} workers and one reducer in their own processes, `,
    'Redis with an append-only file, results in a folder. Real: queue, executor, consumers, handlers, stage functions, ',
    'files with fsync. Not real: child processes and their channels, decoding, inference, sums of width 1,280 (6.6 MB per partition). ',
    `Planning and writing the ${count} listing parts (${plannedSeconds.toFixed(0)} s) is not counted.`,
  ].join('');
}

async function endProcess({ child }: DrainProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const began = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - began) / 1000 };
}
