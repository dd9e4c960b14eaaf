/**
 * Memory and time at scale: `npm run bench:scale [-- --record] [--real 4962,50000] [--trivial 50000,200000]
 * [--names 1000000]`. Runs of so many images with the real network and with a trivial one
 * (`trivial-engine.ts`), and a plan of so many names; 0 leaves one out, and its table as it was. The images
 * are hard links to copies of the photographs of the shared folder, or to drawn ones. As it stands it takes
 * about ten minutes, 3 GB of disk and a million names in the temporary folder; exit 1 when a process took
 * more memory, or a plan more time, than it may.
 */
import { spawn } from 'node:child_process';
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { processTree } from '@verger/testkit/processes';
import { recordSection } from '@verger/testkit/reliability';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile, sharedFolder } from '@verger/testkit/shared';
import ts from 'typescript';
import { loadWarning, machineText } from './machine.ts';

const BIN = new URL('../../apps/verger/bin/verger.js', import.meta.url).pathname;
const TRIVIAL = new URL('trivial-engine.ts', import.meta.url);
const POLL_MS = 200;
const MIB = 1024;
/** What a run's main process and each of its children may take, and what a plan may. */
const MOST_RUN_MIB = 300;
const MOST_PLAN_MIB = 500;
const MOST_PLAN_MS = 90_000;

/** Runs of the bench with one network. */
interface Sizes {
  readonly kind: 'real' | 'trivial';
  readonly images: readonly number[];
}

const TITLES = {
  real: 'Scale: runs with MobileNetV2',
  trivial: 'Scale: runs with a trivial network',
  names: 'Scale: a plan',
} as const;

/** A table, and which of its lines are over a limit. */
interface Outcome {
  readonly kind: 'real' | 'trivial' | 'names';
  readonly table: string;
  readonly missed: readonly string[];
}

/**
 * A process that ran to its end: its answer, its wall time, the peak of its own memory and of its largest
 * child.
 */
interface Measured {
  readonly answer: Record<string, unknown>;
  readonly ms: number;
  readonly mainMib: number;
  readonly childMib: number;
}

/** Peak resident memory in MiB, 0 for a process that is gone. */
async function peakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / MIB;
}

async function measure(args: readonly string[], options: readonly string[] = []): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [...options, BIN, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  let [mainMib, childMib] = [0, 0];
  const look = async () => {
    for (const { pid } of processTree(child.pid ?? 0)) {
      const peak = await peakMib(pid);
      if (pid === child.pid) mainMib = Math.max(mainMib, peak);
      else childMib = Math.max(childMib, peak);
    }
  };
  const timer = setInterval(() => void look(), POLL_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}: ${text}`);
  const answer = JSON.parse(text) as Record<string, unknown>;
  return { answer, ms: performance.now() - started, mainMib, childMib };
}

/** Copies of the photographs, or drawn images, to link to. */
async function originals(folder: string): Promise<string[]> {
  if (sharedFolder === undefined) {
    const paths = await plantOrchard(folder, { kinds: 12, views: 40 });
    return paths.map((path) => join(folder, path));
  }
  const all = sharedFile('data/fruits-360/Test');
  await mkdir(folder, { recursive: true });
  const copies: string[] = [];
  for (const [index, file] of filesUnder(all).entries()) {
    const copy = join(folder, `${index}.jpg`);
    await copyFile(join(all, file), copy);
    copies.push(copy);
  }
  return copies;
}

/** That many names in 100 folders, each a link to one of the files. */
async function linkNames(folder: string, files: readonly string[], names: number): Promise<void> {
  for (let label = 0; label < 100; label += 1)
    await mkdir(join(folder, `label-${label}`), { recursive: true });
  for (let from = 0; from < names; from += 500) {
    const some = Array.from({ length: Math.min(500, names - from) }, (_, index) => from + index);
    await Promise.all(
      some.map((name) =>
        link(files[name % files.length]!, join(folder, `label-${name % 100}`, `image-${name}.jpg`)),
      ),
    );
  }
}

/** The trivial network as plain JavaScript: tsx would add 40 MB to every process that is measured. */
async function trivialModule(folder: string): Promise<string> {
  const { outputText } = ts.transpileModule(await readFile(TRIVIAL, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const file = join(folder, 'trivial-engine.mjs');
  const engine = import.meta.resolve('onnxruntime-node');
  await writeFile(file, outputText.replaceAll("'onnxruntime-node'", JSON.stringify(engine)));
  return pathToFileURL(file).href;
}

const count = (value: number) => value.toLocaleString('en-US');

async function runsTable(
  folder: string,
  files: readonly string[],
  { kind, images: sizes }: Sizes,
): Promise<Outcome> {
  const missed: string[] = [];
  const rows = [['images', 'images/s, features', 'whole, s', 'main process, MiB', 'largest child, MiB']];
  const network = await trivialModule(folder);
  for (const images of sizes) {
    const place = join(folder, `images-${images}`);
    await linkNames(place, files, images);
    const args = [
      'run',
      place,
      '--output',
      join(folder, 'out'),
      '--weights',
      'untrained',
      '--processes',
      '2',
    ];
    const options = kind === 'trivial' ? ['--import', network] : [];
    const { answer, ms, mainMib, childMib } = await measure(args, options);
    const { stages, extracted } = answer as { stages: { extract: { wallMs: number } }; extracted: number };
    const rate = (extracted * 1000) / stages.extract.wallMs;
    rows.push([
      count(images),
      rate.toFixed(1),
      (ms / 1000).toFixed(1),
      mainMib.toFixed(0),
      childMib.toFixed(0),
    ]);
    process.stderr.write(`${rows.at(-1)!.join(' | ')}\n`);
    const most = Math.max(mainMib, childMib);
    if (most > MOST_RUN_MIB) missed.push(`${count(images)} images, ${kind}: ${most.toFixed(0)} MiB`);
    await rm(join(folder, 'out'), { recursive: true });
    await rm(place, { recursive: true });
  }
  return { kind, table: markdownTable(rows, [0, 1, 2, 3, 4]), missed };
}

async function namesTable(folder: string, files: readonly string[], names: number): Promise<Outcome> {
  const place = join(folder, 'names');
  await linkNames(place, files, names);
  const args = ['plan', place, '--output', join(folder, 'none'), '--weights', 'untrained', '--no-measure'];
  const { ms, mainMib } = await measure(args);
  const row = [count(names), (ms / 1000).toFixed(1), mainMib.toFixed(0)];
  process.stderr.write(`${row.join(' | ')}\n`);
  const table = markdownTable([['names listed and planned', 's', 'memory, MiB'], row], [0, 1, 2]);
  const late = ms > MOST_PLAN_MS || mainMib > MOST_PLAN_MIB;
  return { kind: 'names', table, missed: late ? [`${row[0]} names: ${row[1]} s, ${row[2]} MiB`] : [] };
}

const sizesOf = (text: string): number[] =>
  text
    .split(',')
    .map(Number)
    .filter((size) => size > 0);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      record: { type: 'boolean', default: false },
      real: { type: 'string', default: '4962,50000' },
      trivial: { type: 'string', default: '50000,200000' },
      names: { type: 'string', default: '1000000' },
    },
  });
  const runs: Sizes[] = [
    { kind: 'real', images: sizesOf(values.real) },
    { kind: 'trivial', images: sizesOf(values.trivial) },
  ];
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  try {
    const files = await originals(join(folder, 'originals'));
    const outcomes: Outcome[] = [];
    for (const sizes of runs)
      if (sizes.images.length > 0) outcomes.push(await runsTable(folder, files, sizes));
    for (const names of sizesOf(values.names)) outcomes.push(await namesTable(folder, files, names));
    const what = sharedFolder === undefined ? 'drawn images' : 'photographs of 100×100';
    const head = `${warning}Hard links to ${count(files.length)} ${what}, 2 processes; ${machineText()}.`;
    for (const { kind, table } of outcomes) {
      const text = `## ${TITLES[kind]} (\`npm run bench:scale\`)\n\n${head}\n\n${table}\n`;
      process.stdout.write(`${text}\n`);
      if (values.record) await recordSection(`scale-${kind}`, text, 'benchmarks');
    }
    const missed = outcomes.flatMap((outcome) => outcome.missed);
    for (const miss of missed) process.stderr.write(`too much: ${miss}\n`);
    return missed.length === 0 ? 0 : 1;
  } finally {
    await remove();
  }
}

process.exitCode = await main();
