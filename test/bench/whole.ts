/**
 * `npm run bench:whole [-- --rounds 5] [--limit 500] [--copies 10]`: the whole run, in turns with its bound and
 * its peers. Each round runs the bare engine in both precisions (2 processes that only infer), the built
 * `verger` in both (2 processes, one thread each, batch 1) into a new output, and the peers of `peers.ts` whose
 * Python is there; `--copies 10` takes each photograph ten times, by hard links, and leaves Spark out. Needs
 * the shared folder. `--record` writes its section of docs/benchmarks.md.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PRECISIONS } from '@verger/core';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { sharedFile } from '@verger/testkit/shared';
import { type BareEngine, openBareEngine } from './bare-engine.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { findPeers, type Peer, type PeerOrSkip, SPARK } from './peers.ts';
import { linkedCopies, photographs } from './photographs.ts';
import { type Round, runOurs } from './run-ours.ts';

const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const PROCESSES = 2;
/** In each process and round. */
const BARE_IMAGES = 1000;

const seconds = (ms: number) => (ms / 1000).toFixed(1);
const hundredths = (ms: number) => (ms / 1000).toFixed(2);
const perSecond = ({ images, extractMs }: Round) => (images * 1000) / extractMs;
const perSecondTotal = ({ images, totalMs }: Round) => (images * 1000) / totalMs;

/** A program and its rounds. */
interface Measured extends Pick<Peer, 'name' | 'run'> {
  readonly rounds: Round[];
}

/** A precision of verger, with the engine that bounds it. */
interface Own extends Measured {
  readonly engine: BareEngine;
  /** Images a second of the engine alone, before each round. */
  readonly bare: number[];
}

/** One line of the table: a value of every program in all rounds. */
interface Line {
  readonly name: string;
  readonly pick: (round: Round) => number | undefined;
  readonly shown: (value: number) => string;
}

const rate = (value: number) => value.toFixed(1);
const share = (value: number) => `${(100 * value).toFixed(0)} %`;
const LINES: readonly Line[] = [
  { name: 'images/s, features', pick: perSecond, shown: rate },
  { name: 'images/s, whole program', pick: perSecondTotal, shown: rate },
  { name: 'total time, s', pick: ({ totalMs }) => totalMs, shown: seconds },
  { name: 'CPU an image, ms', pick: ({ cpuMs, images }) => cpuMs && cpuMs / images, shown: rate },
  { name: 'first image after, s', pick: ({ firstImageMs }) => firstImageMs, shown: hundredths },
];

/** The median, with the rounds behind it; a dash where they are not told. */
function cell(values: readonly (number | undefined)[], shown: (value: number) => string): string {
  const told = values.filter((value) => value !== undefined);
  return told.length === 0 ? '–' : `${shown(median(told))} (${told.map(shown).join(', ')})`;
}

/** The table of medians, and how many times as fast verger's whole runs are as each peer's. */
function resultTable(own: readonly Own[], peers: readonly Measured[]): string {
  const all = [...own, ...peers];
  const none = peers.map(() => '–');
  const figures = [
    ['median (rounds)', ...all.map(({ name }) => name)],
    ...LINES.map(({ name, pick, shown }) => [
      name,
      ...all.map(({ rounds }) => cell(rounds.map(pick), shown)),
    ]),
    ['bare engine, images/s', ...own.map(({ bare }) => cell(bare, rate)), ...none],
    [
      'features, share of the bare engine',
      ...own.map(({ rounds, bare }) =>
        cell(
          rounds.map((round, index) => perSecond(round) / bare[index]!),
          share,
        ),
      ),
      ...none,
    ],
  ];
  const total = ({ rounds }: Measured) => median(rounds.map(({ totalMs }) => totalMs));
  const times = (one: Measured, other: Measured) => `${(total(other) / total(one)).toFixed(2)}×`;
  const compared = [
    ['whole run, times as fast as', ...own.map(({ name }) => name)],
    ...[...own.slice(0, 1), ...peers].map((peer) => [peer.name, ...own.map((one) => times(one, peer))]),
  ];
  const right = all.map((_, index) => index + 1);
  return `${markdownTable(figures, right)}\n\n${markdownTable(compared, right)}`;
}

/** One line a peer: what it ran on, or why it was not run. */
const aboutPeers = (peers: readonly PeerOrSkip[]) =>
  peers
    .map((peer) => `${peer.name}: ${'skipped' in peer ? `not run (${peer.skipped})` : peer.about}.\n`)
    .join('');

/** Both precisions, each with its engine, warmed up. */
async function openOwn(weights: string): Promise<Own[]> {
  const own: Own[] = [];
  for (const precision of PRECISIONS) {
    const engine = await openBareEngine(PROCESSES, precision);
    const run = (images: string, output: string) =>
      runOurs(images, output, { weights, processes: PROCESSES, precision });
    const name = precision === 'float32' ? 'verger' : `verger --precision ${precision}`;
    own.push({ name, run, engine, rounds: [], bare: [] });
  }
  return own;
}

async function runRound(programs: readonly (Own | Measured)[], images: string, folder: string) {
  for (const [index, program] of programs.entries()) {
    const { name, rounds, run } = program;
    if ('engine' in program) program.bare.push(await program.engine.rate(BARE_IMAGES));
    const place = join(folder, `program-${index}`);
    const done = await run(images, place);
    rounds.push(done);
    await rm(place, { recursive: true, force: true });
    const bare = 'engine' in program ? ` (bare engine ${program.bare.at(-1)!.toFixed(1)})` : '';
    process.stderr.write(
      `round ${rounds.length}: ${name} ${rate(perSecond(done))} images/s${bare}, ${seconds(done.totalMs)} s\n`,
    );
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      limit: { type: 'string' },
      copies: { type: 'string', default: '1' },
      record: { type: 'boolean', default: false },
    },
  });
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  const weights = sharedFile(WEIGHTS);
  const copies = Number(values.copies);
  const own = await openOwn(weights);
  try {
    const some = await photographs(folder, values.limit === undefined ? undefined : Number(values.limit));
    const images = copies === 1 ? some : await linkedCopies(some, join(folder, 'linked'), copies);
    const all = await findPeers({ weights, processes: PROCESSES, folder });
    const found = copies === 1 ? all : all.filter(({ name }) => name !== SPARK);
    for (const peer of found)
      if ('skipped' in peer) process.stderr.write(`${peer.name} is skipped: ${peer.skipped}\n`);
    const peers = found.flatMap((peer) => ('skipped' in peer ? [] : [{ ...peer, rounds: [] as Round[] }]));
    const programs = [...own, ...peers];
    for (let round = 0; round < Number(values.rounds); round += 1) await runRound(programs, images, folder);
    const counts = new Set(programs.flatMap(({ rounds }) => rounds.map((round) => round.images)));
    if (counts.size !== 1) throw new Error(`not the same images: ${[...counts].join(', ')}`);
    const ks = programs.map(({ rounds }) => rounds[0]?.k);
    const text =
      `${warning}${[...counts][0]} photographs of 100×100, ${values.rounds} rounds in turns; ` +
      `k = ${ks.join(', ')}.\n` +
      `${machineText()}; ${PROCESSES} processes of one thread, batch 1.\n` +
      `${aboutPeers(found)}\n${resultTable(own, peers)}\n`;
    process.stdout.write(text);
    if (values.record) {
      const [section, title] = copies === 1 ? ['whole', ''] : [`whole-${copies}`, ` -- --copies ${copies}`];
      await recordSection(
        section,
        `## The whole run (\`npm run bench:whole${title}\`)\n\n${text}`,
        'benchmarks',
      );
    }
  } finally {
    for (const { engine } of own) engine.close();
    await remove();
  }
}

await main();
