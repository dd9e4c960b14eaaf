/**
 * `npm run test:reports`: HTML reports of real runs, opened and used in Chromium: of the demo, of the
 * photographs of ../shared (skipped by name without them), of 22,688 images under 131 labels, and of made-up
 * rows. Prints a table; ends with 1 when a page has a fault or is over its bound. `-- --quick` leaves out
 * what takes minutes; `-- --keep DIR` keeps the pages.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RUN_FILES } from '@verger/core';
import { reportHtml } from '@verger/report';
import { startCli, temporaryFolder } from '@verger/testkit/cli';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile, sharedFolder } from '@verger/testkit/shared';
import { madeUpReport } from '../../packages/report/src/testing/made-up.ts';
import { startChromium } from '../browser/chromium.ts';
import { plantManyLabels } from './many-labels.ts';
import { openReport, type Seen, type Spread } from './open-report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, keep: { type: 'string' } } });
const MIB = 2 ** 20;

/** A page that is opened: how it is made, and how large it may be. */
interface Case {
  readonly name: string;
  readonly mostBytes: number;
  /** Makes the page; gives its path. */
  make(folder: string): Promise<string>;
}

const weights = () => sharedFile('model/mobilenetv2_imagenet_no_top.h5');
const photographs = () => sharedFile('data/fruits-360/Test');

async function verger(args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await startCli(args, { cwd, built: true }).ended;
  if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}:\n${stderr}`);
}

async function runOf(images: string, name: string, folder: string): Promise<string> {
  await verger(['run', images, '--output', folder, '--name', name, '--weights', weights()], folder);
  return join(folder, name, RUN_FILES.htmlReport);
}

async function madeUp(folder: string, points: number, rows: number): Promise<string> {
  const file = join(folder, `made-up-${rows}.html`);
  await writeFile(file, await reportHtml(await madeUpReport({ points, rows, labels: 131 })));
  return file;
}

const demo: Case = {
  name: 'demo, 480 images',
  mostBytes: 3 * MIB,
  make: async (folder) => {
    const output = join(folder, 'demo');
    await verger(['demo', '--output', output], folder);
    const found = filesUnder(output).find((file) => file.endsWith(`/${RUN_FILES.htmlReport}`));
    if (found === undefined) throw new Error('the demo has left no report.html');
    return join(output, found);
  },
};
const fromShared: readonly Case[] = [
  {
    name: '4,962 photographs, 32 labels',
    mostBytes: 3 * MIB,
    make: (folder) => runOf(photographs(), 'photographs', folder),
  },
  {
    name: '22,688 photographs, 131 labels',
    mostBytes: 3 * MIB,
    make: async (folder) => {
      const images = join(folder, 'many-labels');
      await plantManyLabels(photographs(), images, { images: 22_688, labels: 131 });
      return await runOf(images, 'many', folder);
    },
  },
];
const invented: readonly Case[] = [
  {
    name: '100,000 points, made up',
    mostBytes: 10 * MIB,
    make: (folder) => madeUp(folder, 100_000, 100_000),
  },
  {
    name: '1,000,000 rows, made up',
    mostBytes: 10 * MIB,
    make: (folder) => madeUp(folder, 100_000, 1_000_000),
  },
];

function casesToDo(): readonly Case[] {
  if (values.quick === true) return [demo, ...invented];
  if (sharedFolder !== undefined) return [demo, ...fromShared, ...invented];
  for (const { name } of fromShared) console.log(`skipped, needs ../shared: ${name}`);
  return [demo, ...invented];
}

/** What the page's own measures may be, medians in milliseconds. */
const MOST_MS = { hover: 16, filter: 50, frame: 50 } as const;

/** What is wrong with a page, a line each. */
function faultsOf(seen: Seen, mostBytes: number): string[] {
  const slow = (Object.keys(MOST_MS) as (keyof typeof MOST_MS)[]).flatMap((name) => {
    const spread = seen[name];
    if (spread === undefined) return [`nothing was measured as ${name}`];
    const isOver = spread.medianMs >= MOST_MS[name];
    return isOver ? [`${name}: ${spread.medianMs.toFixed(1)} ms, not below ${MOST_MS[name]}`] : [];
  });
  const large = seen.bytes > mostBytes ? [`${seen.bytes} bytes are more than ${mostBytes}`] : [];
  return [...seen.faults, ...seen.violations, ...slow, ...large];
}

const HEAD = ['page', 'MB', 'open, s', 'hover, ms', 'filter, ms', 'frame, ms', 'faults', 'axe'];

function rowOf(name: string, seen: Seen): string[] {
  const times = (spread: Spread | undefined) =>
    spread === undefined ? '–' : `${spread.medianMs.toFixed(1)} (${spread.mostMs.toFixed(1)})`;
  return [
    ...[name, (seen.bytes / 1e6).toFixed(2), (seen.openMs / 1000).toFixed(1)],
    ...[times(seen.hover), times(seen.filter), times(seen.frame)],
    ...[String(seen.faults.length), String(seen.violations.length)],
  ];
}

const place = await temporaryFolder();
const browser = await startChromium();
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const rows: string[] = [line(HEAD), line(HEAD.map((_, at) => (at === 0 ? '---' : '---:')))];
try {
  if (values.keep !== undefined) await mkdir(values.keep, { recursive: true });
  for (const { name, mostBytes, make } of casesToDo()) {
    const file = await make(place.folder);
    if (values.keep !== undefined) {
      await copyFile(file, join(values.keep, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.html`));
    }
    const seen = await openReport(browser, file);
    rows.push(line(rowOf(name, seen)));
    console.log(rows.at(-1));
    const faults = faultsOf(seen, mostBytes);
    for (const fault of faults) console.log(`  fault: ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  }
  console.log(`\nTimes are medians, the worst in brackets.\n\n${rows.join('\n')}`);
} finally {
  await browser.close();
  await place.remove();
}
