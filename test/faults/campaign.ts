/**
 * `npm run test:faults [-- --seed N --minutes M --only TEXT --write]`: faults between any two steps of a run,
 * and what must hold after each. `--minutes` takes a spread of all classes; `--only` (also more than once)
 * the cases whose `class: name` holds the text; `--write` puts the rows of the classes that were run into
 * `docs/reliability.md`. Ctrl-C ends it after the case that is under way. A case that fails says how to
 * repeat it, and keeps its folder.
 */

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededNumbers } from '@verger/core';
import { callsGroup, limitsGroup } from './calls.ts';
import { uncoveredCalls } from './covered.ts';
import { failpointGroup } from './failpoints.ts';
import type { FaultCase, FaultGroup } from './fault-case.ts';
import { imagesGroup } from './images.ts';
import { killsGroup } from './kills.ts';
import { realCallsGroup } from './real-calls.ts';
import { realLimitsGroup } from './real-limits.ts';
import { prepareReal } from './real-run.ts';
import { realTogetherGroup } from './real-together.ts';
import { signalsGroup } from './signals.ts';
import { type GroupResult, newResult, tableOf, writePage } from './table.ts';
import { togetherGroup } from './together.ts';
import { prepareDerived, prepareGround } from './trial.ts';

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    only: { type: 'string', multiple: true },
    write: { type: 'boolean' },
  },
});
const seed = Number(flags.seed ?? 1);
const minutes = flags.minutes === undefined ? undefined : Number(flags.minutes);
const started = performance.now();
const elapsedMinutes = () => (performance.now() - started) / 60_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Each class draws from the seed by itself, so that a case is the same whatever else is run. */
async function allGroups(folder: string): Promise<FaultGroup[]> {
  const ground = await prepareGround(join(folder, 'ground'));
  const { refit, transform } = await prepareDerived(join(folder, 'derived'));
  const real = await prepareReal(join(folder, 'real'));
  const random = (index: number) => seededNumbers(seed * 100 + index);
  return [
    await failpointGroup(join(folder, 'points'), { ground, group: 'failpoints' }, random(1)),
    await callsGroup(join(folder, 'calls'), ground, random(2)),
    await limitsGroup(join(folder, 'limits'), ground),
    imagesGroup(),
    togetherGroup(ground, random(3)),
    realCallsGroup(real, random(4)),
    realLimitsGroup(real),
    realTogetherGroup(real, random(5)),
    signalsGroup(real, random(6)),
    killsGroup(real, random(7)),
    await failpointGroup(
      join(folder, 'refit-points'),
      { ground: refit, group: 'failpoints of a refit', of: 'features and sums taken from another run: ' },
      random(8),
    ),
    await failpointGroup(
      join(folder, 'transform-points'),
      { ground: transform, group: 'failpoints of a transform', of: 'a model that is given: ' },
      random(9),
    ),
  ];
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Cases of a class in each round: those of real processes take ten times as long. */
const A_ROUND = 8;

/**
 * Some of each class in turn, in the seed's order: whenever the time is up, every class has had its share.
 */
function spread(groups: readonly FaultGroup[]): FaultCase[] {
  const queues = groups.map(({ cases, real }, index) => ({
    cases: shuffled(cases, seededNumbers(seed * 1000 + index)),
    aRound: real ? 1 : A_ROUND,
  }));
  const rounds = Math.max(...queues.map(({ cases, aRound }) => Math.ceil(cases.length / aRound)));
  return Array.from({ length: rounds }, (_, round) =>
    queues.flatMap(({ cases, aRound }) => cases.slice(round * aRound, (round + 1) * aRound)),
  ).flat();
}

async function runCase(one: FaultCase, result: GroupResult, folder: string): Promise<void> {
  const from = performance.now();
  await mkdir(folder, { recursive: true });
  try {
    const ending = await one.run(folder);
    result.endings.set(ending, (result.endings.get(ending) ?? 0) + 1);
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    result.failed.push(one.name);
    say(`FAILED  ${one.group}: ${one.name}\n${error instanceof Error ? error.stack : String(error)}`);
    say(`  its folder: ${folder}`);
    say(`  once more:  npm run test:faults -- --seed ${seed} --only '${one.name}'`);
  }
  result.ran += 1;
  result.ms += performance.now() - from;
}

async function main(): Promise<number> {
  const uncovered = await uncoveredCalls();
  if (uncovered.length > 0)
    throw new Error(`not wrapped in fs-hook.ts, so not tried:\n${uncovered.join('\n')}`);
  const folder = await mkdtemp(join(tmpdir(), 'verger-faults-'));
  await chmod(folder, 0o755); // for the runs of another user
  const groups = await allGroups(folder);
  const { only } = flags;
  const wanted = ({ group, name }: FaultCase) =>
    only === undefined || only.some((text) => `${group}: ${name}`.includes(text));
  const chosen = groups.map((group) => ({ ...group, cases: group.cases.filter(wanted) }));
  const cases = minutes === undefined ? chosen.flatMap((group) => group.cases) : spread(chosen);
  const results = new Map(groups.map((group) => [group.name, newResult(group)]));
  say(
    `seed ${seed}: ${cases.length} cases in ${chosen.filter((group) => group.cases.length > 0).length} classes`,
  );
  let told = 0;
  let asked = false;
  process.once('SIGINT', () => {
    asked = true;
    say('ending after this case');
  });
  for (const [index, one] of cases.entries()) {
    if (asked || (minutes !== undefined && elapsedMinutes() > minutes)) break;
    await runCase(one, results.get(one.group)!, join(folder, `case-${index}`));
    if (elapsedMinutes() - told < 0.5) continue;
    told = elapsedMinutes();
    say(`${told.toFixed(1)} min: ${index + 1} of ${cases.length}, last ${one.group}: ${one.name}`);
  }
  const rows = [...results.values()].filter(({ ran }) => ran > 0);
  const failed = rows.flatMap((row) => row.failed);
  say(
    `\n${tableOf(rows, seed)}\n\n${elapsedMinutes().toFixed(1)} min, seed ${seed}, ${failed.length} failed`,
  );
  if (rows.length === 0) say(`no case holds ${only?.join(' or ')}`);
  if (flags.write === true) await writePage(rows, seed);
  if (failed.length === 0) await rm(folder, { recursive: true, force: true });
  return failed.length === 0 && rows.length > 0 ? 0 : 1;
}

process.exitCode = await main();
