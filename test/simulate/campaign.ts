/**
 * Simulates the desired capacity against other policies: `npm run simulate [-- --seeds 200] [--record]`.
 * `--seeds` is the number per kind, `--first` the first one. `--record` writes the tables into docs/scale.md
 * and the picture into docs/images/scale.svg. Exit 1 when a target is missed. 200 seeds take two minutes.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { counted, formatCount, formatShare } from '@verger/core';
import { recordSection } from '@verger/testkit/reliability';
import { chart } from './chart.ts';
import { idealOf } from './ideal.ts';
import { COMPARED, measureSeed, type SeedResult } from './measure.ts';
import type { PolicyName } from './policies.ts';
import { KINDS, largestScenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { STORY } from './story.ts';
import { comparison, ownTable, type Results, verdict } from './tables.ts';

const PICTURE = new URL('../../docs/images/scale.svg', import.meta.url);
const NAMES: Record<(typeof COMPARED)[number], string> = {
  verger: 'verger autoscaler',
  cpu: 'target tracking of 60 % CPU',
  queue: 'one worker for ten jobs',
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '10001' },
    record: { type: 'boolean', default: false },
  },
});

function measureAll(seeds: number, first: number): Results {
  const results: Record<string, SeedResult[]> = { verger: [], cpu: [], queue: [] };
  for (const kind of KINDS) {
    for (let seed = first; seed < first + seeds; seed += 1) {
      const measured = measureSeed(seed, kind, COMPARED);
      for (const name of COMPARED) results[name]!.push(measured[name]);
    }
    process.stderr.write(`${kind}: ${counted(seeds, 'seed')}\n`);
  }
  return results as unknown as Results;
}

/** Milliseconds to simulate the largest run, the best of three. */
function largestMs(): number {
  const scenario = largestScenario();
  const each = [0, 1, 2].map(() => {
    const began = performance.now();
    // From the start to the end all that is allowed: 1,000 workers.
    simulate(scenario, 'most');
    return performance.now() - began;
  });
  return Math.min(...each);
}

function picture(): string {
  const ideal = idealOf(STORY).vcpuSeconds;
  const panels = COMPARED.map((name: PolicyName & keyof typeof NAMES) => {
    const outcome = simulate(STORY, name);
    const kept = outcome.runs.filter((run) => run.kept).length;
    const cost = (outcome.vcpuSeconds / ideal).toFixed(2);
    const note = `${kept} of ${outcome.runs.length} deadlines kept, ${cost} times the ideal cost`;
    return { title: NAMES[name], note, outcome };
  });
  return chart(panels, STORY.runs, { minutes: 90, maxVcpus: STORY.maxVcpus, images: 1_600_000 });
}

const seeds = Number(values.seeds);
const results = measureAll(seeds, Number(values.first));
const { text, missed } = verdict(results, largestMs());
const able = results.verger.filter(({ canBeKept }) => canBeKept).length;
const head = `${formatCount(results.verger.length)} seeds (${values.first} and the following, ${seeds} of each
kind). In ${formatCount(able)} of them (${formatShare(able / results.verger.length)}) every deadline can be kept.`;
const tables = [head, text, ownTable(results), 'Against other policies:', comparison(results)].join('\n\n');
process.stdout.write(`${tables}\n`);
if (values.record) {
  await recordSection('simulate', tables, 'scale');
  await writeFile(PICTURE, picture());
}
if (missed.length > 0) {
  process.stderr.write(`missed: ${missed.join(', ')}\n`);
  process.exitCode = 1;
}
