/**
 * `npm run bench:whole [-- --rounds 3] [--limit 500]`: the whole run, in turns with its bound and its peers.
 * Each round runs the bare engine (2 processes that only infer), the built `verger` (2 processes, one
 * thread each, batch 1) into a new output, and the peers of `peers.ts` whose Python is there. Needs the
 * shared folder. `--record` writes its section of docs/benchmarks.md.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { sharedFile } from '@verger/testkit/shared';
import { openBareEngine } from './bare-engine.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { findPeers, type Peer, type PeerOrSkip } from './peers.ts';
import { photographs } from './photographs.ts';
import { type Round, runOurs } from './run-ours.ts';

const WEIGHTS = 'model/mobilenetv2_imagenet_no_top.h5';
const PROCESSES = 2;
/** In each process and round. */
const BARE_IMAGES = 1000;

const seconds = (ms: number) => (ms / 1000).toFixed(1);
const perSecond = ({ images, extractMs }: Round) => (images * 1000) / extractMs;
const perSecondTotal = ({ images, totalMs }: Round) => (images * 1000) / totalMs;

/** One line of the table: a value of every program in all rounds. */
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

/** A peer and its rounds. */
interface Measured {
  readonly peer: Peer;
  readonly rounds: Round[];
}

/** The table of medians, with the rounds behind them; after each peer, how many times as fast verger is. */
function resultTable(ours: readonly Round[], peers: readonly Measured[], bare: readonly number[]): string {
  const cell = (values: readonly number[], shown: (value: number) => string) =>
    `${shown(median(values))} (${values.map(shown).join(', ')})`;
  const rows = LINES.map(({ name, pick, shown, faster }) => {
    const own = median(ours.map(pick));
    const theirs = peers.flatMap(({ rounds }) => {
      const values = rounds.map(pick);
      const [a, b] = [own, median(values)];
      return [cell(values, shown), `${(faster === 'more' ? a / b : b / a).toFixed(2)}×`];
    });
    return [name, cell(ours.map(pick), shown), ...theirs];
  });
  const shares = ours.map((round, index) => (100 * perSecond(round)) / bare[index]!);
  const first = ours.map(({ firstImageMs }) => firstImageMs ?? Number.NaN);
  const none = peers.flatMap(() => ['–', '–']);
  const titles = peers.flatMap(({ peer }) => [peer.name, 'verger, times as fast']);
  return markdownTable(
    [
      ['median (rounds)', 'verger', ...titles],
      ...rows,
      ['first image after, s', cell(first, seconds), ...none],
      ['bare engine, images/s', cell(bare, rate), ...none],
      ['features, share of the bare engine', cell(shares, (share) => `${share.toFixed(0)} %`), ...none],
    ],
    Array.from({ length: 1 + titles.length }, (_, index) => index + 1),
  );
}

/** One line a peer: what it ran on, or why it was not run. */
const aboutPeers = (peers: readonly PeerOrSkip[]) =>
  peers
    .map((peer) => `${peer.name}: ${'skipped' in peer ? `not run (${peer.skipped})` : peer.about}.\n`)
    .join('');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      limit: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  const engine = await openBareEngine(PROCESSES);
  try {
    const images = await photographs(folder, values.limit === undefined ? undefined : Number(values.limit));
    const weights = sharedFile(WEIGHTS);
    const found = await findPeers({ weights, processes: PROCESSES, folder });
    for (const peer of found)
      if ('skipped' in peer) process.stderr.write(`${peer.name} is skipped: ${peer.skipped}\n`);
    const peers: Measured[] = found.flatMap((peer) => ('skipped' in peer ? [] : [{ peer, rounds: [] }]));
    const [bare, ours]: [number[], Round[]] = [[], []];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const said = (what: string) => process.stderr.write(`round ${round + 1}: ${what}\n`);
      const saidOf = (name: string, done: Round) =>
        said(`${name} ${perSecond(done).toFixed(1)} images/s, ${seconds(done.totalMs)} s`);
      bare.push(await engine.rate(BARE_IMAGES));
      said(`bare engine ${bare.at(-1)!.toFixed(1)} images/s`);
      ours.push(await runOurs(images, join(folder, `ours-${round}`), { weights, processes: PROCESSES }));
      saidOf('verger', ours.at(-1)!);
      for (const [index, { peer, rounds }] of peers.entries()) {
        rounds.push(await peer.run(images, join(folder, `peer-${index}-${round}`)));
        saidOf(peer.name, rounds.at(-1)!);
      }
    }
    const counts = new Set([...ours, ...peers.flatMap(({ rounds }) => rounds)].map((round) => round.images));
    if (counts.size !== 1) throw new Error(`not the same images: ${[...counts].join(', ')}`);
    const ks = [ours[0]!, ...peers.map(({ rounds }) => rounds[0]!)].map(({ k }) => k);
    const text =
      `${warning}${[...counts][0]} photographs of 100×100, ${ours.length} rounds in turns; ` +
      `k = ${ks.join(', ')}.\n` +
      `${machineText()}; ${PROCESSES} processes of one thread, batch 1.\n` +
      `${aboutPeers(found)}\n${resultTable(ours, peers, bare)}\n`;
    process.stdout.write(text);
    if (values.record)
      await recordSection('whole', `## The whole run (\`npm run bench:whole\`)\n\n${text}`, 'benchmarks');
  } finally {
    engine.close();
    await remove();
  }
}

await main();
