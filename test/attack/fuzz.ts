/**
 * `npm run fuzz -- [--seed N] [--minutes M] [--variants V] [--record]`: images as an attack on the decode path, in children of the pool as
 * the product has them. First every kind of `test/attack` in V variants, each against its right answer; then seeded mutants of valid
 * images for M minutes, each of which must become 224×224 RGB pixels or a code. A child that crashes, hangs or eats memory is a
 * finding: its input is kept in `.cache/fuzz`. `--mutant K` writes one mutant there and ends. Exit 1 on any finding.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { IMAGE_ERROR_CODES } from '@verger/core';
import { sharpVersions } from '@verger/features';
import { createPool, type Pool } from '@verger/pool';
import { markdownTable } from '../fixtures/built.ts';
import { recordSection } from '../fixtures/reliability.ts';
import { BAD_KINDS, ODD_KINDS } from './all.ts';
import { corpusOf, type Finding, mutantOf, newTally, runKinds, runMutants, type Tally } from './campaign.ts';
import type { Answer } from './judge.ts';

const KEPT = fileURLToPath(new URL('../../.cache/fuzz/', import.meta.url));
/** A good image of this size takes milliseconds; in production a child has 60 s and 1 GiB. */
const LIMITS = { cpuMs: 10_000, wallMs: 300_000, memoryBytes: 2 ** 30, pollMs: 50 };
const quiet = () => {};
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function keep(findings: readonly Finding[], seed: number): void {
  if (findings.length > 0) mkdirSync(KEPT, { recursive: true });
  for (const [index, { what, input }] of findings.entries()) {
    const file = `${KEPT}seed-${seed}-${index}.bin`;
    if (input !== undefined) writeFileSync(file, input);
    process.stdout.write(`FINDING ${what}${input === undefined ? '' : `\n  kept in ${file}`}\n`);
  }
}

function outcomeRows({ outcomes }: Tally): string[][] {
  const known = ['pixels', ...IMAGE_ERROR_CODES.filter((code) => outcomes.has(code))];
  const others = [...outcomes.keys()].filter((name) => !known.includes(name));
  return [...known, ...others].map((name) => [name, String(outcomes.get(name) ?? 0)]);
}

const total = ({ outcomes }: Tally) => [...outcomes.values()].reduce((sum, count) => sum + count, 0);

interface Campaign {
  readonly seed: number;
  readonly minutes: number;
  readonly variants: number;
}

function reportOf(
  { seed, minutes, variants }: Campaign,
  {
    kinds,
    mutants,
    pool,
    seconds,
  }: { kinds: Tally; mutants: Tally; pool: Pool<Uint8Array, Answer>; seconds: number },
): string {
  const { restarts, rssBytes } = pool.stats();
  const peak = Math.round(Math.max(...rssBytes) / 2 ** 20);
  const both = markdownTable(
    [
      ['outcome', 'kinds', 'mutants'],
      ...outcomeRows({ outcomes: new Map([...kinds.outcomes, ...mutants.outcomes]), findings: [] }).map(
        ([name]) => [name!, String(kinds.outcomes.get(name!) ?? 0), String(mutants.outcomes.get(name!) ?? 0)],
      ),
      ['all', String(total(kinds)), String(total(mutants))],
      ['findings', String(kinds.findings.length), String(mutants.findings.length)],
    ],
    [1, 2],
  );
  return `## Images as an attack

\`npm run fuzz -- --seed ${seed} --minutes ${minutes} --variants ${variants} --record\` (sharp ${sharpVersions().sharp}, libvips ${sharpVersions().libvips}).
${BAD_KINDS.length} kinds of bad input and ${ODD_KINDS.length} of odd but valid images in ${variants} variants, twelve ways of writing an image cut at
every percent: each has the answer that it must have. Then mutants of valid images for ${Math.round(seconds / 60)} minutes: each must become
pixels or a code. Children that died: ${restarts}; largest child: ${peak} MiB.

${both}
`;
}

function readArguments(): Campaign & { record: boolean; mutant: number | undefined } {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '5' },
      variants: { type: 'string', default: '10' },
      mutant: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'seed' | 'minutes' | 'variants', text: string) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0))
      throw new Error(`--${name} must be a number, not ${JSON.stringify(text)}`);
    return value;
  };
  return {
    seed: number('seed', values.seed),
    minutes: number('minutes', values.minutes),
    variants: number('variants', values.variants),
    mutant: values.mutant === undefined ? undefined : Number(values.mutant),
    record: values.record,
  };
}

async function main(): Promise<number> {
  const { mutant, record, ...campaign } = readArguments();
  const { seed, minutes, variants } = campaign;
  const corpus = await corpusOf(seed);
  if (mutant !== undefined) {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${KEPT}mutant-${seed}-${mutant}.bin`, mutantOf(corpus, seed, mutant));
    return 0;
  }
  const pool = createPool<null, Uint8Array, Answer>({
    module: new URL('fuzz-child.ts', import.meta.url),
    processes: Math.min(2, availableParallelism()),
    init: null,
    limits: LIMITS,
    window: 2,
    env: { UV_THREADPOOL_SIZE: '1' },
    name: 'fuzz',
    logger: silent,
  });
  await pool.start();
  const decode = (bytes: Uint8Array) => pool.run(bytes);
  try {
    const kinds = await runKinds(seed, variants, decode);
    keep(kinds.findings, seed);
    const mutants = newTally();
    const started = performance.now();
    const untilMs = started + minutes * 60_000;
    await runMutants({ seed, corpus, first: 0, untilMs, most: Number.POSITIVE_INFINITY }, decode, mutants);
    keep(mutants.findings, seed);
    const seconds = (performance.now() - started) / 1000;
    const report = reportOf(campaign, { kinds, mutants, pool, seconds });
    process.stdout.write(`${report}\n`);
    if (record) await recordSection('fuzz', report);
    return kinds.findings.length + mutants.findings.length > 0 ? 1 : 0;
  } finally {
    await pool.close();
  }
}

process.exitCode = await main();
