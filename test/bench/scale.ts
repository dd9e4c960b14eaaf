/**
 * Memory and time at scale: `npm run bench:scale [-- --record] [--only runs|names]`. Runs of 4,962 and 50,000 images with the real network, of
 * 50,000 and 200,000 with a trivial one (`trivial-engine.ts`), and a plan of 1,000,000 names. The images are hard links to copies of the
 * photographs of the shared folder, or to drawn ones. Takes about ten minutes, 3 GB of disk and a million names in the temporary folder.
 */
import { spawn } from 'node:child_process';
import { copyFile, link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '../fixtures/built.ts';
import { temporaryFolder } from '../fixtures/cli.ts';
import { plantOrchard } from '../fixtures/images.ts';
import { processTree } from '../fixtures/processes.ts';
import { recordSection } from '../fixtures/reliability.ts';
import { filesUnder } from '../fixtures/run-folder.ts';
import { sharedFile, sharedFolder } from '../fixtures/shared.ts';
import { loadWarning, machineText } from './machine.ts';

const BIN = new URL('../../apps/coordinator/bin/verger.js', import.meta.url).pathname;
const TRIVIAL = new URL('trivial-engine.ts', import.meta.url).href;
const POLL_MS = 200;
const MIB = 1024;

/** A process that ran to its end: its answer, its wall time, the peak of its own memory and of its largest child. */
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

const count = (value: number) => value.toLocaleString('en-US');

async function runsTable(folder: string, files: readonly string[]): Promise<string> {
  const rows = [
    ['images', 'network', 'images/s, features', 'whole, s', 'main process, MiB', 'largest child, MiB'],
  ];
  for (const { images, trivial } of [
    { images: 4962, trivial: false },
    { images: 50_000, trivial: false },
    { images: 50_000, trivial: true },
    { images: 200_000, trivial: true },
  ]) {
    const place = join(folder, `images-${images}-${trivial}`);
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
    const options = trivial ? ['--import', 'tsx', '--import', TRIVIAL] : [];
    const { answer, ms, mainMib, childMib } = await measure(args, options);
    const { stages, extracted } = answer as { stages: { extract: { wallMs: number } }; extracted: number };
    const rate = (extracted * 1000) / stages.extract.wallMs;
    const name = trivial ? 'trivial' : 'MobileNetV2';
    rows.push([
      count(images),
      name,
      rate.toFixed(1),
      (ms / 1000).toFixed(1),
      mainMib.toFixed(0),
      childMib.toFixed(0),
    ]);
    process.stderr.write(`${rows.at(-1)!.join(' | ')}\n`);
    await rm(join(folder, 'out'), { recursive: true });
    await rm(place, { recursive: true });
  }
  return markdownTable(rows, [0, 2, 3, 4, 5]);
}

async function namesTable(folder: string, files: readonly string[]): Promise<string> {
  const place = join(folder, 'names');
  await linkNames(place, files, 1_000_000);
  const args = ['plan', place, '--output', join(folder, 'none'), '--weights', 'untrained', '--no-measure'];
  const { ms, mainMib } = await measure(args);
  return markdownTable(
    [
      ['names listed and planned', 's', 'memory, MiB'],
      [count(1_000_000), (ms / 1000).toFixed(1), mainMib.toFixed(0)],
    ],
    [0, 1, 2],
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { record: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  try {
    const files = await originals(join(folder, 'originals'));
    const tables: string[] = [];
    if (values.only !== 'names') tables.push(await runsTable(folder, files));
    if (values.only !== 'runs') tables.push(await namesTable(folder, files));
    const what = sharedFolder === undefined ? 'drawn images' : 'photographs of 100×100';
    const text = `${warning}Hard links to ${count(files.length)} ${what}, 2 processes; ${machineText()}.\n\n${tables.join('\n\n')}\n`;
    process.stdout.write(text);
    if (values.record)
      await recordSection('scale', `## Scale (\`npm run bench:scale\`)\n\n${text}`, 'benchmarks');
  } finally {
    await remove();
  }
}

await main();
