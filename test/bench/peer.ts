/**
 * verger and the pipeline that it replaces, on the same photographs, in turns on the same machine:
 * `VERGER_PEER_PYTHON=… npm run bench:peer [-- --rounds 2] [--limit 500]`. Needs the shared folder (photographs, weights, the peer's
 * script), a Python with the packages that its README names, and Java 17. Each round runs the built `verger` (2 processes, one
 * thread each, batch 1) into a new output and then the peer (local[2], one TensorFlow thread each) into another. Prints Markdown.
 */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable, runBuilt, runProgram } from '../fixtures/built.ts';
import { temporaryFolder } from '../fixtures/cli.ts';
import { filesUnder } from '../fixtures/run-folder.ts';
import { sharedFile } from '../fixtures/shared.ts';
import { loadWarning, machineText, median } from './machine.ts';

const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const PROCESSES = 2;

/** What one program took in one round. Times in milliseconds; totals are of the whole process, from its start to its end. */
interface Round {
  readonly images: number;
  readonly k: number;
  readonly extractMs: number;
  readonly totalMs: number;
  /** From the start of the process to its first image; undefined where the program does not tell. */
  readonly firstImageMs: number | undefined;
}

async function runOurs(images: string, output: string): Promise<Round> {
  const started = performance.now();
  const outcome = await runBuilt<{
    extracted: number;
    k: number;
    firstImageMs: number;
    stages: { extract: { wallMs: number } };
  }>([
    ...['run', images, '--output', output, '--weights', sharedFile(WEIGHTS)],
    ...['--processes', String(PROCESSES)],
  ]);
  const totalMs = performance.now() - started;
  const { extracted, k, firstImageMs, stages } = outcome;
  return { images: extracted, k, extractMs: stages.extract.wallMs, totalMs, firstImageMs };
}

async function runPeer(python: string, images: string, output: string): Promise<Round> {
  await mkdir(output, { recursive: true });
  const started = performance.now();
  const { code, stdout, stderr } = await runProgram(
    python,
    [sharedFile('peer/seed_pipeline.py'), images, output, sharedFile(WEIGHTS)],
    { cwd: output, env: { PYSPARK_PYTHON: python, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  const totalMs = performance.now() - started;
  if (code !== 0)
    throw new Error(`the peer ended with ${code}:\n${stderr.slice(-4000)}${stdout.slice(-2000)}`);
  const timings = JSON.parse(await readFile(join(output, 'timings.json'), 'utf8')) as {
    n: number;
    k: number;
    features_s: number;
  };
  const { n, k, features_s } = timings;
  return { images: n, k, extractMs: features_s * 1000, totalMs, firstImageMs: undefined };
}

/** The photographs, or a copy of the first of them. */
async function imagesFor(folder: string, limit: number | undefined): Promise<string> {
  const all = sharedFile('data/fruits-360/Test');
  if (limit === undefined) return all;
  const some = join(folder, 'images');
  const files = filesUnder(all);
  const step = Math.max(1, Math.floor(files.length / limit));
  for (const file of files.filter((_, index) => index % step === 0).slice(0, limit)) {
    await mkdir(dirname(join(some, file)), { recursive: true });
    await cp(join(all, file), join(some, file));
  }
  return some;
}

async function peerVersions(python: string): Promise<string> {
  const names = "['tensorflow-cpu', 'keras', 'pyspark', 'numpy']";
  const script = `import sys, importlib.metadata as m; print('Python', sys.version.split()[0], *[f', {n} {m.version(n)}' for n in ${names}], sep=' ')`;
  const { code, stdout, stderr } = await runProgram(python, ['-c', script]);
  if (code !== 0) throw new Error(`VERGER_PEER_PYTHON cannot be used:\n${stderr}`);
  return stdout.trim().replaceAll(' ,', ',');
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
const perSecond = ({ images, extractMs }: Round) => (images * 1000) / extractMs;
const perSecondTotal = ({ images, totalMs }: Round) => (images * 1000) / totalMs;

/** The table of medians, with the rounds behind them. */
function resultTable(ours: readonly Round[], peer: readonly Round[]): string {
  const row = (
    name: string,
    pick: (round: Round) => number,
    { shown, faster }: { shown: (value: number) => string; faster: 'more' | 'less' },
  ) => {
    const cell = (rounds: readonly Round[]) => {
      const values = rounds.map(pick);
      return `${shown(median(values))} (${values.map(shown).join(', ')})`;
    };
    const [a, b] = [median(ours.map(pick)), median(peer.map(pick))];
    return [name, cell(ours), cell(peer), `${(faster === 'more' ? a / b : b / a).toFixed(2)}×`];
  };
  const first = ours.map(({ firstImageMs }) => firstImageMs ?? Number.NaN);
  const rate = { shown: (value: number) => value.toFixed(1), faster: 'more' } as const;
  return markdownTable(
    [
      ['median (rounds)', 'verger', 'PySpark + TensorFlow', 'verger is faster by'],
      row('images/s, features', perSecond, rate),
      row('images/s, whole program', perSecondTotal, rate),
      row('total time, s', ({ totalMs }) => totalMs, { shown: seconds, faster: 'less' }),
      ['first image after, s', `${seconds(median(first))} (${first.map(seconds).join(', ')})`, '–', '–'],
    ],
    [1, 2, 3],
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '2' }, limit: { type: 'string' } },
  });
  const python = process.env['VERGER_PEER_PYTHON'];
  if (python === undefined) throw new Error("VERGER_PEER_PYTHON must name a Python with the peer's packages");
  const versions = await peerVersions(python);
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  try {
    const images = await imagesFor(folder, values.limit === undefined ? undefined : Number(values.limit));
    const ours: Round[] = [];
    const peer: Round[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      ours.push(await runOurs(images, join(folder, `ours-${round}`)));
      process.stderr.write(`round ${round + 1}: verger ${seconds(ours.at(-1)!.totalMs)} s\n`);
      peer.push(await runPeer(python, images, join(folder, `peer-${round}`)));
      process.stderr.write(`round ${round + 1}: peer ${seconds(peer.at(-1)!.totalMs)} s\n`);
    }
    const counts = new Set([...ours, ...peer].map((round) => round.images));
    if (counts.size !== 1) throw new Error(`not the same images: ${[...counts].join(', ')}`);
    const ks = `k = ${ours[0]!.k} and ${peer[0]!.k}`;
    process.stdout.write(
      `${warning}${[...counts][0]} photographs of 100×100, ${ours.length} rounds in turns; ${ks}.\n` +
        `${machineText()}; ${PROCESSES} processes of one thread, batch 1.\n` +
        `The peer: ${versions}; local[2], one TensorFlow thread each, Keras' batches of 32.\n\n` +
        `${resultTable(ours, peer)}\n`,
    );
  } finally {
    await remove();
  }
}

await main();
