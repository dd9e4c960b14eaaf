/**
 * What `report.html` costs: `npm run bench:report [-- --rounds 5 --run RUN --part finish|labels|million]`.
 * finish: a run of photographs is finished with and without its page, in turns. labels: the page of 22,688
 * photographs under 131 labels. million: that of 1,000,000 rows without images.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { RUN_FILES } from '@verger/core';
import {
  type Driver,
  findRun,
  makeReportPage,
  openDriver,
  type RunOptions,
  resolveOptions,
  startChildren,
  startRun,
} from '@verger/driver';
import { openEpoch, readStatus } from '@verger/run';
import { finishRun, type StageContext, stageContext } from '@verger/stages';
import { markdownTable } from '@verger/testkit/built';
import { FINISH, WORKER } from '@verger/testkit/run-harness';
import { sharedFile } from '@verger/testkit/shared';
import { loadWarning, machineText, median } from './machine.ts';
import { photographs } from './photographs.ts';
import { type MadeRun, writeMadeRun } from './report-run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    photographs: { type: 'string' },
    /** A finished run of photographs, of which a copy is finished again; else one is made. */
    run: { type: 'string' },
    part: { type: 'string', multiple: true, default: ['finish', 'labels', 'million'] },
    /** Leaves the made-up runs there. */
    keep: { type: 'string' },
  },
});
const ROUNDS = Number(values.rounds);
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
type Row = readonly [what: string, took: string, size: string, bound: string];

/** Finishes a run again and again, with a page and without. */
async function finishPart(folder: string): Promise<Row[]> {
  const weights = sharedFile('model/mobilenetv2_imagenet_no_top.h5');
  const options = resolveOptions({ output: join(folder, 'runs'), weights, noReport: true });
  const driver = openDriver();
  try {
    const run = await findRun(driver.storages, await finishedRun(driver, folder, options));
    const children = startChildren(driver, options.operational, {
      ...{ network: null, fingerprint: run.manifest.fingerprint },
    });
    try {
      await children.ready();
      const open = { ...run, images: driver.storages.open(run.manifest.images), epoch: 1 };
      const own = { run: open, signal: driver.signal, emit: () => {} };
      const ctx = stageContext(children.services, own);
      const took = await finishInTurns(ctx);
      const page = await run.store.read(RUN_FILES.htmlReport);
      const size = page.status === 'read' ? page.totalBytes : 0;
      const rows = `${run.manifest.listing.images.toLocaleString('en')} photographs`;
      const [without, withPage] = [median(took.without), median(took.withPage)];
      return [
        [`finish of ${rows}, no page`, seconds(without), '', ''],
        [
          `finish of ${rows}, with page`,
          seconds(withPage),
          megabytes(size),
          `+1 s: ${seconds(withPage - without)}`,
        ],
      ];
    } finally {
      await children.close();
    }
  } finally {
    await driver.close();
  }
}

/** The folder of a finished run of the photographs: a copy of the one that is named, or one that is made. */
async function finishedRun(driver: Driver, folder: string, options: RunOptions): Promise<string> {
  const { run, photographs: count } = values;
  if (run !== undefined) {
    const copy = join(folder, 'runs', basename(run));
    await cp(run, copy, { recursive: true, preserveTimestamps: true });
    return copy;
  }
  const images = await photographs(folder, count === undefined ? undefined : Number(count));
  const outcome = await startRun(driver, { images, options });
  if ('submitted' in outcome) throw new Error('it was submitted');
  return outcome.location;
}

async function finishInTurns(ctx: StageContext) {
  const took = { without: [] as number[], withPage: [] as number[] };
  const { store, manifest } = ctx.run;
  for (let round = 0; round < ROUNDS * 2; round += 1) {
    const isPage = round % 2 === 1;
    const finish = isPage ? FINISH : ({ ...FINISH, htmlReport: false } as const);
    await openEpoch(store, { cause: 'run', finish, by: WORKER, at: ctx.clock.now() });
    await store.remove(RUN_FILES.success);
    // A timeline without it tells of a finish that was cut short, and is followed by one without pictures.
    await store.remove(RUN_FILES.timeline);
    const { commits } = await readStatus(store, manifest);
    const started = performance.now();
    await finishRun(ctx, commits, { reduce: null, project: null });
    took[isPage ? 'withPage' : 'without'].push(performance.now() - started);
  }
  return took;
}

async function pagePart(folder: string, made: MadeRun, bound: string): Promise<Row> {
  const location = await writeMadeRun(folder, made);
  const options = resolveOptions({ output: folder });
  const driver = openDriver();
  try {
    const run = await findRun(driver.storages, location);
    const took: number[] = [];
    let size = 0;
    for (let round = 0; round < Math.min(ROUNDS, 3); round += 1) {
      const started = performance.now();
      size = Buffer.byteLength(await makeReportPage(driver, { run, options }));
      took.push(performance.now() - started);
    }
    const { rows, labels } = made;
    const what = `page of ${rows.toLocaleString('en')} rows under ${labels} labels, children started for it`;
    return [what, seconds(median(took)), megabytes(size), bound];
  } finally {
    await driver.close();
  }
}

const folder = values.keep ?? (await mkdtemp(join(tmpdir(), 'verger-bench-report-')));
try {
  const warning = loadWarning();
  const rows: Row[] = [];
  if (values.part.includes('finish')) rows.push(...(await finishPart(join(folder, 'finish'))));
  if (values.part.includes('labels')) {
    const source = await photographs(join(folder, 'photographs'), 5000);
    const made = { rows: 22_688, labels: 131, k: 25, partitionSize: 128, photographs: source };
    rows.push(await pagePart(join(folder, 'labels'), made, '3 s, 3 MB'));
  }
  if (values.part.includes('million')) {
    const made = { rows: 1_000_000, labels: 131, k: 25, partitionSize: 1000 };
    rows.push(await pagePart(join(folder, 'million'), made, '10 s, 10 MB'));
  }
  const table = markdownTable([['what', 'median', 'page', 'bound'], ...rows]);
  process.stdout.write(`${warning}${machineText()}\n\n${table}\n`);
} finally {
  if (values.keep === undefined) await rm(folder, { recursive: true, force: true });
}
