/**
 * Pages of runs at scale: `npm run bench:dashboard [-- --runs 500 --partitions 20000]`. Milliseconds of the
 * list of so many runs and of the page of a run of so many partitions, from a folder: until all is read, then
 * warm, also when all is to be looked at again; and the peak memory of the process that makes them. Exit 1
 * when a warm page takes more than 500 ms, or the process more than 200 MB.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@verger/testkit/cli';
import { writeRun } from '@verger/testkit/written-run';
import { loadWarning, machineText } from './machine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOST_MS = 500;
const MOST_MB = 200;

/** What the measured process says. */
interface Measured {
  readonly listFirstMs: number;
  readonly listWarmMs: number;
  readonly listAgainMs: number;
  readonly pageFirstMs: number;
  readonly pageWarmMs: number;
  readonly pageAgainMs: number;
  readonly longestStallMs: number;
  readonly peakMb: number;
}

/** The built dashboard in a process of its own: tsx would add 40 MB. */
const MEASURE = `
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readFileSync } from 'node:fs';
import { createRunPages } from './packages/dashboard/dist/runs/run-pages.js';
import { createStorages } from '@verger/storage';
const [output] = process.argv.slice(1);
let passedMs = 0;
const clock = {
  monotonicMs: () => performance.now() + passedMs,
  now: () => new Date(Date.now() + passedMs).toISOString(),
};
const storages = createStorages(async () => { throw new Error('no S3') });
const pages = createRunPages({ places: [output], storages, clock, storageFlags: [] });
const nothing = { query: new URLSearchParams(), form: new URLSearchParams(), base: '' };
const get = async (path) => {
  const began = performance.now();
  const answer = await pages.answer({ ...nothing, method: 'GET', path, signal: AbortSignal.any([]) });
  return { ms: performance.now() - began, text: String(answer.body) };
};
const until = async (path, isReady) => {
  const began = performance.now();
  while (!isReady((await get(path)).text)) await new Promise((done) => setTimeout(done, 500));
  return performance.now() - began;
};
const warm = async (path) => Math.max((await get(path)).ms, (await get(path)).ms, (await get(path)).ms);
const listFirstMs = await until('/runs', (text) => !/not read yet|being read|reading [0-9]/.test(text));
const listWarmMs = await warm('/runs');
passedMs += 120_000;
const listAgainMs = await warm('/runs');
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const pageFirstMs = await until('/runs/large', (text) => !/Reading|being read/.test(text));
delay.disable();
const pageWarmMs = await warm('/runs/large');
passedMs += 120_000;
const pageAgainMs = await warm('/runs/large');
await get('/runs');
const peakKb = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
console.log(JSON.stringify({
  listFirstMs, listWarmMs, listAgainMs, pageFirstMs, pageWarmMs, pageAgainMs,
  longestStallMs: delay.max / 1e6, peakMb: (peakKb * 1024) / 1e6,
}));
`;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, partitions: { type: 'string', default: '20000' } },
});
const runs = Number(values.runs);
const partitions = Number(values.partitions);

/** Finished runs, a tenth under way, and a large one under way. */
async function writeRuns(output: string): Promise<void> {
  const nowMs = Date.now();
  const hour = 3_600_000;
  for (let at = 0; at < runs - 1; at += 1) {
    const isDone = at % 10 !== 0;
    const committed = Array.from({ length: isDone ? 20 : 12 }, (_, index) => index);
    const submittedMs = nowMs - (isDone ? at * hour : 3 * 60_000);
    const quarantined = { 3: ['a/cut.jpg'] };
    await writeRun(output, {
      ...{ id: `run-${at}`, partitions: Array(20).fill(250), committed, submittedMs, isDone, quarantined },
    });
  }
  const committed = Array.from({ length: partitions - 100 }, (_, at) => at);
  await writeRun(output, {
    ...{ id: 'large', partitions: Array(partitions).fill(500), committed, commitEveryMs: 100 },
    submittedMs: nowMs - partitions * 100,
  });
}

const { folder, remove } = await temporaryFolder();
try {
  await writeRuns(folder);
  const args = ['--input-type=module', '--eval', MEASURE, folder];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const measured = JSON.parse(stdout) as Measured;
  const { listWarmMs, listAgainMs, pageWarmMs, pageAgainMs, peakMb } = measured;
  console.log(`${machineText()}; ${runs} runs, one of ${partitions} partitions${loadWarning() ?? ''}`);
  for (const [name, value] of Object.entries(measured))
    console.log(`  ${name.padEnd(16)}${value.toFixed(0)}`);
  const slowest = Math.max(listWarmMs, listAgainMs, pageWarmMs, pageAgainMs);
  if (slowest > MOST_MS || peakMb > MOST_MB) process.exitCode = 1;
} finally {
  await remove();
}
