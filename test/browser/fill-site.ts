/** Runs and jobs to look at: real ones, large ones, and some whose every text is markup. */
import { join } from 'node:path';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import { writeRun } from '@verger/testkit/written-run';
import { Queue, Worker } from 'bullmq';
import type { Site } from './site.ts';

/** Markup that would ask for a picture, and call a function when there is none. */
export const EVIL = '<img src=x onerror=hit()>';

/** What a filled site has to show. */
export interface Filled {
  readonly places: readonly string[];
  /** Paths of our own pages. */
  readonly ownPages: readonly string[];
  /** Paths of pages of Bull Board about a job whose texts are markup. */
  readonly boardPages: readonly string[];
}

/** A run that a worker and a reducer finish, written runs of several states, and a job that failed. */
export async function fillSite(site: Site): Promise<Filled> {
  const { folder, output } = site;
  const images = join(folder, 'orchard');
  const written = join(folder, EVIL);
  const submittedMs = Date.now() - 600_000;
  const base = { submittedMs, partitions: Array(3).fill(100) as number[] };
  const failure = { partition: 1, code: 'E_CHILD_DIED', reason: EVIL, path: `${EVIL}.jpg` } as const;
  await Promise.all([
    plantOrchard(images, { kinds: 3, views: 3, broken: true }),
    writeRun(written, {
      ...{ ...base, id: 'evil', images: `/${EVIL}`, label: EVIL, queue: `redis://${EVIL}:1 verger` },
      ...{ quarantined: { 0: [`${EVIL}.jpg`] }, failures: [failure], isDone: true, workers: [EVIL] },
    }),
    writeRun(written, {
      ...{ ...base, id: 'failed', committed: [0], label: EVIL, by: { host: EVIL, pid: 1, name: EVIL } },
      failures: [{ ...failure, permanent: true }],
    }),
    writeRun(written, { ...base, id: 'cancelled', committed: [0, 2], isCancelled: true }),
    writeRun(written, {
      submittedMs,
      id: 'large',
      partitions: Array(250).fill(40) as number[],
      isDone: true,
    }),
  ]);
  await failJob(site);
  await Promise.all([site.serve('worker'), site.serve('reducer')]);
  await site.submit(images, { name: 'orchard', partitions: 4 });
  await site.verger(['status', join(output, 'orchard'), '--watch']);
  const job = `/queues/queue/verger-extract/${encodeURIComponent(JOB)}`;
  const runs = ['orchard', 'evil', 'failed', 'cancelled', 'large'].map((id) => `/runs/${id}`);
  return {
    places: [output, written],
    ownPages: ['/runs', ...runs, '/runs/large?page=3', '/runs/nothing', '/runs/evil?q=img'],
    boardPages: [`${job}?status=failed`],
  };
}

const JOB = 'evil-job';

/** A job that failed, all of its texts markup. Workers come later: they would take it. */
async function failJob({ redis }: Site): Promise<void> {
  const options = { connection: { url: redis.url, maxRetriesPerRequest: null }, prefix: 'verger' };
  const queue = new Queue('verger-extract', options);
  const job = await queue.add(EVIL, { runId: EVIL, location: EVIL, [EVIL]: EVIL }, { jobId: JOB });
  await job.log(EVIL);
  const fail = async () => {
    throw new Error(EVIL);
  };
  const worker = new Worker('verger-extract', fail, options);
  let failed = false;
  worker.on('failed', () => {
    failed = true;
  });
  await until('the job has failed', () => failed);
  await worker.close();
  await queue.close();
}
