/**
 * `npm run compare-pillow -- [DIR…] [--made N] [--seed N] [--formats tiff,avif] [--max-pixels N] [--python
 * PATH] [--list]`: every file below the folders, and N made images, through the product's decode path and
 * through Pillow. Each is equal, or differs in a way that docs/images.md describes and a rule recognises; any
 * other difference, and a child that fails, is listed, and the exit code is 1. Without Python, Pillow and
 * numpy it says so and ends with 0. `--list` prints every difference, the documented ones as well.
 */
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { EXTRA_FORMATS } from '@verger/core';
import { createPool, PoolError } from '@verger/pool';
import { markdownTable } from '@verger/testkit/built';
import { filesBelow, makeImages } from './files.ts';
import type { Asked, Seen } from './our-answer.ts';
import { openPillow, type Pillow } from './pillow-answer.ts';
import { judge, type Pair, type Verdict } from './rules.ts';

const LIMITS = { cpuMs: 60_000, wallMs: 600_000, memoryBytes: 4 * 2 ** 30, pollMs: 100 };
const quiet = () => {};
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
/** Images under way: one each for Pillow and two children, and one that waits. */
const LANES = 4;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      made: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      formats: { type: 'string', default: '' },
      'max-pixels': { type: 'string' },
      python: { type: 'string', default: 'python3' },
      list: { type: 'boolean', default: false },
    },
  });
  const names = values.formats.split(',').map((name) => name.replace('+', ''));
  const maxPixels = values['max-pixels'] === undefined ? undefined : Number(values['max-pixels']);
  return {
    folders: positionals,
    made: Number(values.made),
    seed: Number(values.seed),
    limits: { maxPixels, formats: EXTRA_FORMATS.filter((name) => names.includes(name)) },
    python: values.python,
    list: values.list,
  };
}

type Options = ReturnType<typeof readArguments>;

/** What is counted: the verdict, and the documented difference or "not documented". */
function lineOf(verdict: Verdict): string {
  if (verdict.kind === 'failed') return `NO ANSWER: ${verdict.why}`;
  return 'rule' in verdict ? `${verdict.kind}: ${verdict.rule ?? 'NOT DOCUMENTED'}` : verdict.kind;
}

const isFault = (verdict: Verdict) =>
  verdict.kind === 'failed' || ('rule' in verdict && verdict.rule === undefined);

/** What a person wants to see of a difference. */
function shown({ pillow, ours }: Pair): string {
  const { answer } = ours;
  const code = 'failed' in answer ? answer.failed : 'code' in answer ? answer.code : undefined;
  const mine = code ?? ('sha256' in answer ? `pixels ${answer.sha256.slice(0, 8)}` : '');
  const theirs = pillow.sha256 === undefined ? (pillow.refused ?? '') : `pixels ${pillow.sha256.slice(0, 8)}`;
  return `${mine}; Pillow: ${theirs} (${pillow.format ?? '-'} ${pillow.mode ?? ''} ${pillow.size?.join('×') ?? ''})`;
}

async function compareAll(files: readonly string[], pillow: Pillow, { limits, list }: Options) {
  const pool = createPool<null, Asked, Seen>({
    module: new URL('compare-child.ts', import.meta.url),
    processes: Math.min(2, availableParallelism()),
    init: null,
    limits: LIMITS,
    window: 2,
    env: { UV_THREADPOOL_SIZE: '1' },
    name: 'compare',
    logger: silent,
  });
  await pool.start();
  const counts = new Map<string, number>();
  let faults = 0;
  const compare = async (file: string) => {
    const [theirs, ours] = await Promise.all([
      pillow.look(file),
      pool.run({ file, limits }).catch((error: unknown) => {
        if (!(error instanceof PoolError)) throw error;
        return { answer: { failed: error.reason }, pixels: undefined, sharp: undefined } as const;
      }),
    ]);
    const pair: Pair = { bytes: await readFile(file), pillow: theirs, ours, limits };
    const verdict = judge(pair);
    const line = lineOf(verdict);
    counts.set(line, (counts.get(line) ?? 0) + 1);
    if (isFault(verdict)) faults += 1;
    if (isFault(verdict) || (list && 'rule' in verdict))
      process.stdout.write(`${line}\n  ${file}\n  ${shown(pair)}\n`);
  };
  const queue = [...files].values();
  try {
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (const file of queue) await compare(file);
      }),
    );
  } finally {
    await pool.close();
  }
  return { counts, faults };
}

async function main(): Promise<number> {
  const options = readArguments();
  const pillow = await openPillow(options.python);
  if (pillow === undefined) {
    process.stdout.write(`skipped: ${options.python} has no Pillow and numpy (pip install pillow numpy)\n`);
    return 0;
  }
  const made = options.made > 0 ? await makeImages(options) : undefined;
  try {
    const files = [...options.folders, ...(made === undefined ? [] : [made])].flatMap(filesBelow);
    const { counts, faults } = await compareAll(files, pillow, options);
    const rows = [...counts].sort().map(([name, count]) => [name, String(count)]);
    const total = ['all', String(files.length)];
    process.stdout.write(`\nPillow ${pillow.version}\n\n`);
    process.stdout.write(`${markdownTable([['compared with Pillow', 'images'], ...rows, total], [1])}\n`);
    return faults > 0 ? 1 : 0;
  } finally {
    pillow.close();
    if (made !== undefined) await rm(made, { recursive: true });
  }
}

process.exitCode = await main();
