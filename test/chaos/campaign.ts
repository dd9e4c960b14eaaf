/**
 * The cluster's campaign: `npm run chaos -- [--seed N] [--minutes M] [--only 'part of a name'] [--write]`.
 * Real processes on a real Redis and a real S3 server (versitygw) are disturbed while they do a run; nothing
 * but processes is started again. After each case the run is done, has the promised bytes of an undisturbed
 * local run, and the auditor finds nothing.
 */

import { parseArgs } from 'node:util';
import { seededNumbers } from '@verger/core';
import { markdownTable } from '@verger/testkit/built';
import type { RunningCli } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { promisedHashes } from '@verger/testkit/run-folder';
import { machineText } from '../bench/machine.ts';
import { audit } from '../faults/audited.ts';
import { differing, mustHold } from '../faults/fault-case.ts';
import { type ChaosCluster, startChaosCluster } from './cluster.ts';
import { type Case, type Scenario, scenarios } from './scenarios.ts';

/** A case that takes longer hangs. */
const CASE_MS = 240_000;
/** The same command, given again after it ended with 75 (try again), may be given so often. */
const GIVEN = 4;

interface Result {
  readonly scenario: Scenario;
  ran: number;
  kills: number;
  again: number;
  ms: number;
  readonly broken: string[];
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
const random = seededNumbers(seed);

/** One case to its end; throws what is broken. */
async function runCase(
  cluster: ChaosCluster,
  scenario: Scenario,
  name: string,
): Promise<Omit<Result, 'broken' | 'ran' | 'scenario' | 'ms'>> {
  const coordinators: RunningCli[] = [];
  const start = () => {
    const running = cluster.coordinate(name);
    coordinators.push(running);
    return running;
  };
  const own: Case = { cluster, name, random, coordinator: start(), kills: 0, again: start };
  await scenario.disturb(own);
  let again = 0;
  for (let index = 0; index < coordinators.length; index += 1) {
    const { code, signal, stderr } = await (coordinators[index] as RunningCli).ended;
    if (code === 0 || signal === 'SIGKILL') continue;
    mustHold(code === 75 && again < GIVEN, `a coordinator ended with ${code}:\n${stderr.slice(-3000)}`);
    again += 1;
    start();
  }
  const folder = cluster.folder(name);
  const differ = differing(cluster.expected, await promisedHashes(folder));
  mustHold(differ.length === 0, `other bytes than the local run: ${differ.join(', ')}`);
  await audit(folder, { unfinishedOk: false });
  return { kills: own.kills, again };
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${CASE_MS / 1000} s`)), CASE_MS);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Scenarios in turns, so that a share of the time is a share of each. */
function* turns(all: readonly Result[]): Generator<Result> {
  for (let round = 0; all.some(({ scenario }) => scenario.cases > round); round += 1) {
    for (const result of all) if (result.scenario.cases > round) yield result;
  }
}

function table(results: readonly Result[]): string {
  const head = ['what happens', 'how', 'cases', 'kills', 'given again', 'mean s', 'broken'];
  const rows = results
    .filter(({ ran }) => ran > 0)
    .map(({ scenario, ran, kills, again, ms, broken }) => [
      scenario.name,
      scenario.what,
      ran === scenario.cases ? String(ran) : `${ran} of ${scenario.cases}`,
      String(kills),
      String(again),
      (ms / ran / 1000).toFixed(1),
      String(broken.length),
    ]);
  return markdownTable([head, ...rows], [2, 3, 4, 5, 6]);
}

const started = performance.now();
const outageSeconds = Number.isFinite(minutes) ? 15 : 60;
const results: Result[] = scenarios({ outageSeconds })
  .filter(({ name }) => values.only === undefined || name.includes(values.only))
  .map((scenario) => ({ scenario, ran: 0, kills: 0, again: 0, ms: 0, broken: [] }));
const cluster = await startChaosCluster(random);
try {
  let number = 0;
  for (const result of turns(results)) {
    if (performance.now() - started > minutes * 60_000) break;
    number += 1;
    const name = `case-${number}`;
    const began = performance.now();
    result.ran += 1;
    try {
      const { kills, again } = await bounded(runCase(cluster, result.scenario, name));
      result.kills += kills;
      result.again += again;
      await cluster.forget(name);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      result.broken.push(said);
      process.stdout.write(`BROKEN ${name}, ${result.scenario.name} (seed ${seed}): ${said}\n`);
      cluster.s3.set(null);
    }
    result.ms += performance.now() - began;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(`${name} ${result.scenario.name}: ${seconds} s\n`);
  }
} finally {
  await cluster.close();
}
const kills = results.reduce((sum, result) => sum + result.kills, 0);
const broken = results.reduce((sum, result) => sum + result.broken.length, 0);
process.stdout.write(`\n${table(results)}\n\n${kills} kills, ${broken} broken\n`);
if (values.write) {
  const head =
    `\`npm run chaos -- --seed ${seed}\` on ${machineText()}: two workers, a reducer and a coordinator ` +
    `as processes, real Redis and versitygw; ${kills} kills, ${broken} broken.`;
  await recordSection('chaos', `## Chaos in a cluster\n\n${head}\n\n${table(results)}`);
}
process.exitCode = broken === 0 && results.some(({ ran }) => ran > 0) ? 0 : 1;
