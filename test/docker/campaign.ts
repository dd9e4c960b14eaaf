/**
 * The campaign of the containers: `npm run test:docker -- [--share] [--only 'pattern of names'] [--record]`.
 * A clean clone is set up, built and brought up with Docker Compose; runs are done in it, scaled and killed;
 * each hardening property is asked from inside; then one thing at a time is made wrong. `--share` is what
 * fits into six minutes. Skipped by name where no engine can be had.
 */
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { recordSection } from '@verger/testkit/reliability';
import { machineText } from '../bench/machine.ts';
import type { Case, Site } from './case.ts';
import { findEngine } from './engine.ts';
import { HARDENING_CASES } from './hardening.ts';
import { END_CASES, LAST_CASE, START_CASES } from './image.ts';
import { docker } from './project.ts';
import { RUN_CASES } from './runs.ts';
import { makeSite } from './site.ts';
import { WRONG_CASES } from './wrong.ts';

const CASES = [...START_CASES, ...RUN_CASES, ...HARDENING_CASES, ...END_CASES, ...WRONG_CASES, LAST_CASE];

interface Result {
  readonly name: string;
  readonly seen: string;
  readonly ms: number;
  readonly broken: boolean;
}

async function runCase({ name, run }: Case, site: Site): Promise<Result> {
  const from = performance.now();
  try {
    const seen = await run(site);
    return { name, seen, ms: performance.now() - from, broken: false };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    process.stdout.write(`BROKEN ${name}: ${said}\n`);
    return { name, seen: 'broken', ms: performance.now() - from, broken: true };
  }
}

function table(results: readonly Result[]): string {
  const rows = results.map(({ name, seen, ms }) => [name, seen, (ms / 1000).toFixed(1)]);
  return markdownTable([['what', 'seen', 's'], ...rows], [2]);
}

async function engineText(): Promise<string> {
  return await docker('version', '-f', 'Docker {{.Server.Version}}, linux/{{.Server.Arch}}');
}

interface Options {
  readonly share: boolean;
  readonly only: RegExp;
  readonly record: boolean;
}

/** All cases that are wanted, on a site of their own; true when none is broken. */
async function runCases({ share, only, record }: Options): Promise<boolean> {
  const { site, photographs, close } = await makeSite(share);
  const results: Result[] = [];
  try {
    for (const one of CASES.filter((each) => (each.share || !share) && only.test(each.name))) {
      const result = await runCase(one, site);
      results.push(result);
      process.stdout.write(`${result.name}: ${result.seen} (${(result.ms / 1000).toFixed(1)} s)\n`);
    }
  } finally {
    await close();
  }
  const broken = results.filter((result) => result.broken).length;
  process.stdout.write(`\n${table(results)}\n\n${results.length} cases, ${broken} broken\n`);
  if (record) {
    const images = photographs ? '4,962 photographs' : 'drawn images';
    const head = `\`npm run test:docker\` with ${await engineText()} on ${machineText()}; ${images}; ${results.length} cases, ${broken} broken. The image is prepared for linux/arm64 by \`TARGETARCH\`; it was not run there.`;
    await recordSection('docker', `## Containers\n\n${head}\n\n${table(results)}`);
  }
  return broken === 0 && results.length > 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      share: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      record: { type: 'boolean', default: false },
    },
  });
  const engine = await findEngine();
  if (engine.missing !== undefined) {
    process.stdout.write(`skipped: docker (${engine.missing})\n`);
    return 0;
  }
  try {
    return (await runCases({ ...values, only: new RegExp(values.only) })) ? 0 : 1;
  } finally {
    await engine.release();
  }
}

process.exitCode = await main();
