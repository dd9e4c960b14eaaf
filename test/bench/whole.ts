/**
 * The whole run, in turns on the same machine with what bounds it and what it replaces: `npm run bench:whole [-- --rounds 3] [--limit 500]`.
 * Each round: the bare engine (2 processes that only infer), the built `verger` (2 processes, one thread each, batch 1) into a new
 * output, and, where VERGER_PEER_PYTHON names a Python with the packages that the peer's README names (and Java 17 is there), the Spark
 * + TensorFlow pipeline (local[2], one TensorFlow thread each). Needs the shared folder. Writes its section of docs/benchmarks.md with --record.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable, runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { sharedFile } from '@verger/testkit/shared';
import { openBareEngine } from './bare-engine.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { photographs } from './photographs.ts';
import { type Round, runOurs } from './run-ours.ts';

const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const PROCESSES = 2;
/** In each process and round. */
const BARE_IMAGES = 1000;

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

/** One line of the table: a value of ours and of the peer's in all rounds. */
interface Line {
  readonly name: string;
  readonly pick: (round: Round) => number;
  readonly shown: (value: number) => string;
  readonly faster: 'more' | 'less';
}

const rate = (value: number) => value.toFixed(1);
const LINES: readonly Line[] = [
  { name: 'images/s, features', pick: perSecond, shown: rate, faster: 'more' },
  { name: 'images/s, whole program', pick: perSecondTotal, shown: rate, faster: 'more' },
  { name: 'total time, s', pick: ({ totalMs }) => totalMs, shown: seconds, faster: 'less' },
];

/** The table of medians, with the rounds behind them. */
function resultTable(ours: readonly Round[], peer: readonly Round[], bare: readonly number[]): string {
  const cell = (values: readonly number[], shown: (value: number) => string) =>
    values.length === 0 ? '–' : `${shown(median(values))} (${values.map(shown).join(', ')})`;
  const rows = LINES.map(({ name, pick, shown, faster }) => {
    const [a, b] = [median(ours.map(pick)), median(peer.map(pick))];
    const ratio = peer.length === 0 ? '–' : `${(faster === 'more' ? a / b : b / a).toFixed(2)}×`;
    return [name, cell(ours.map(pick), shown), cell(peer.map(pick), shown), ratio];
  });
  const shares = ours.map((round, index) => (100 * perSecond(round)) / bare[index]!);
  const first = ours.map(({ firstImageMs }) => firstImageMs ?? Number.NaN);
  return markdownTable(
    [
      ['median (rounds)', 'verger', 'PySpark + TensorFlow', 'verger is faster by'],
      ...rows,
      ['first image after, s', cell(first, seconds), '–', '–'],
      ['bare engine, images/s', cell(bare, rate), '–', '–'],
      ['features, share of the bare engine', cell(shares, (share) => `${share.toFixed(0)} %`), '–', '–'],
    ],
    [1, 2, 3],
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      limit: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const python = process.env['VERGER_PEER_PYTHON'];
  const versions =
    python === undefined ? 'not run (VERGER_PEER_PYTHON is not set)' : await peerVersions(python);
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  const engine = await openBareEngine(PROCESSES);
  try {
    const images = await photographs(folder, values.limit === undefined ? undefined : Number(values.limit));
    const weights = sharedFile(WEIGHTS);
    const [bare, ours, peer]: [number[], Round[], Round[]] = [[], [], []];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const said = (what: string) => process.stderr.write(`round ${round + 1}: ${what}\n`);
      bare.push(await engine.rate(BARE_IMAGES));
      said(`bare engine ${bare.at(-1)!.toFixed(1)} images/s`);
      ours.push(await runOurs(images, join(folder, `ours-${round}`), { weights, processes: PROCESSES }));
      said(`verger ${perSecond(ours.at(-1)!).toFixed(1)} images/s, ${seconds(ours.at(-1)!.totalMs)} s`);
      if (python === undefined) continue;
      peer.push(await runPeer(python, images, join(folder, `peer-${round}`)));
      said(`peer ${perSecond(peer.at(-1)!).toFixed(1)} images/s, ${seconds(peer.at(-1)!.totalMs)} s`);
    }
    const counts = new Set([...ours, ...peer].map((round) => round.images));
    if (counts.size !== 1) throw new Error(`not the same images: ${[...counts].join(', ')}`);
    const text =
      `${warning}${[...counts][0]} photographs of 100×100, ${ours.length} rounds in turns; k = ${[ours[0]!, ...peer].map(({ k }) => k).join(', ')}.\n` +
      `${machineText()}; ${PROCESSES} processes of one thread, batch 1.\n` +
      `The peer: ${versions}; local[2], one TensorFlow thread each, Keras' batches of 32.\n\n` +
      `${resultTable(ours, peer, bare)}\n`;
    process.stdout.write(text);
    if (values.record)
      await recordSection('whole', `## The whole run (\`npm run bench:whole\`)\n\n${text}`, 'benchmarks');
  } finally {
    engine.close();
    await remove();
  }
}

await main();
