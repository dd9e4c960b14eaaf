/**
 * `npm run fuzz -- [--seed N] [--minutes M] [--variants V] [--record]`: images as an attack on the decode
 * path, in children of the pool as the product has them. First every kind of `test/attack` in V variants,
 * each against its right answer; then seeded mutants of valid images for M minutes, each of which must become
 * 224×224 RGB pixels or a code. A child that crashes, hangs or eats memory is a finding: its input is kept in
 * `.cache/fuzz`. `--mutant K` writes one mutant there and ends. Exit 1 on any finding.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { IMAGE_ERROR_CODES } from '@verger/core';
import { sharpVersions } from '@verger/features';
import { createPool, type Pool } from '@verger/pool';
import { markdownTable } from '@verger/testkit/built';
import { recordSection } from '@verger/testkit/reliability';
import { BAD_KINDS, ODD_KINDS } from './all.ts';
import { corpusOf, type Finding, mutantOf, newTally, runKinds, runMutants, type Tally } from './campaign.ts';
import type { Answer } from './judge.ts';
import { PHOTO_WAYS } from './photo.ts';

const KEPT = fileURLToPath(new URL('../../.cache/fuzz/', import.meta.url));
/** A good image of this size takes milliseconds; in production a child has 60 s and 1 GiB. */
const LIMITS = { cpuMs: 10_000, wallMs: 300_000, memoryBytes: 2 ** 30, pollMs: 50 };
const quiet = () => {};
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function keep(findings: readonly Finding[], name: string): void {
  if (findings.length > 0) mkdirSync(KEPT, { recursive: true });
  for (const [index, { what, input }] of findings.entries()) {
    const file = `${KEPT}${name}-${index}.bin`;
    if (input !== undefined) writeFileSync(file, input);
    process.stdout.write(`FINDING ${what}${input === undefined ? '' : `\n  kept in ${file}`}\n`);
  }
}

interface Campaign {
  readonly seed: number;
  readonly minutes: number;
  readonly variants: number;
}

/** A section of the page: what was done, and how often each outcome came. */
function reportOf(head: string, { outcomes, findings }: Tally, pool: Pool<Uint8Array, Answer>): string {
  const { restarts, rssBytes } = pool.stats();
  const codes = IMAGE_ERROR_CODES.filter((code) => outcomes.has(code));
  const others = [...outcomes.keys()].filter(
    (name) => name !== 'pixels' && !codes.some((code) => code === name),
  );
  const rows = ['pixels', ...codes, ...others].map((name) => [name, String(outcomes.get(name) ?? 0)]);
  const all = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  const { sharp, libvips } = sharpVersions();
  return `${head}
sharp ${sharp}, libvips ${libvips}. Children that died: ${restarts}; the largest took ${Math.round(Math.max(...rssBytes) / 2 ** 20)} MiB.

${markdownTable([['outcome', 'images'], ...rows, ['all', String(all)], ['findings', String(findings.length)]], [1])}
`;
}

async function attackWithKinds({ seed, variants }: Campaign, pool: Pool<Uint8Array, Answer>) {
  const tally = await runKinds(seed, variants, (bytes) => pool.run(bytes));
  const head = `## Images as an attack

\`npm run fuzz -- --seed ${seed} --minutes 0 --variants ${variants} --record\`: ${BAD_KINDS.length} kinds of bad input and ${ODD_KINDS.length} of
odd but valid images in ${variants} variants each, ${PHOTO_WAYS.length} ways of writing an image cut at every percent. Each has the one answer that it must have.`;
  return { tally, report: reportOf(head, tally, pool) };
}

async function attackWithMutants({ seed, minutes }: Campaign, pool: Pool<Uint8Array, Answer>) {
  const tally = newTally();
  const corpus = await corpusOf(seed);
  const untilMs = performance.now() + minutes * 60_000;
  await runMutants({ seed, corpus, untilMs }, (bytes) => pool.run(bytes), tally);
  const head = `## Mutants of images

\`npm run fuzz -- --seed ${seed} --minutes ${minutes} --variants 0 --record\`: seeded mutants of ${corpus.length} valid images.
Each must become 224×224 RGB pixels or a code, and must not cost its child.`;
  return { tally, report: reportOf(head, tally, pool) };
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
  if (mutant !== undefined) {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${KEPT}mutant-${seed}-${mutant}.bin`, mutantOf(await corpusOf(seed), seed, mutant));
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
  let findings = 0;
  const finish = async (section: string, { tally, report }: { tally: Tally; report: string }) => {
    keep(tally.findings, `${section}-${seed}`);
    process.stdout.write(`${report}\n`);
    if (record) await recordSection(section, report);
    findings += tally.findings.length;
  };
  try {
    if (variants > 0) await finish('attack', await attackWithKinds(campaign, pool));
    if (minutes > 0) await finish('fuzz', await attackWithMutants(campaign, pool));
    return findings > 0 ? 1 : 0;
  } finally {
    await pool.close();
  }
}

process.exitCode = await main();
