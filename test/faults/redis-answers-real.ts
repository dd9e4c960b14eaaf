/**
 * Workers as a user starts them, on a Redis that begins to answer with errors, until they end. Eleven minutes
 * of real time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ERRORS } from '@verger/core';
import { ERROR_ANSWERS } from '@verger/testkit/answers';
import { type RunningCli, startCli } from '@verger/testkit/cli';
import { type Command, startFakeRedis } from '@verger/testkit/fake-redis';

const SECOND_MS = 1000;
const MINUTE_S = 60;
/** The end is promised after ten minutes and the longest pause. */
const LATEST_S = 12 * MINUTE_S;

const all = () => true;
const writes = ([name]: Command) => ['EVAL', 'EVALSHA', 'SET', 'SADD', 'MULTI'].includes(name);

type Answer = keyof typeof ERROR_ANSWERS;
const CASES: readonly (readonly [Answer, string, (command: Command) => boolean])[] = [
  ["OOM command not allowed when used memory > 'maxmemory'.", 'writes', writes],
  ['MOVED 3999 127.0.0.1:6381', 'everything', all],
  ['QUOTA a word that no server has said before', 'the wait for a job', ([name]) => name === 'BZPOPMIN'],
  ['LOADING Redis is loading the dataset in memory', 'everything', all],
];

interface Told {
  readonly cells: readonly (string | number)[];
  readonly faults: readonly string[];
}

/** One row for each case, watched side by side on the Redis at that port. */
export async function refusedForReal(port: number): Promise<Told[]> {
  return await Promise.all(CASES.map((one, index) => watch(port, one, index)));
}

async function watch(port: number, [words, name, of]: (typeof CASES)[number], index: number): Promise<Told> {
  const fake = await startFakeRedis(port);
  const args = ['worker', '--redis', fake.url, '--queue-prefix', `real${index}`, '--processes', '1'];
  const worker = startCli([...args, '--health', '127.0.0.1:0', '--worker-name', `w${index}`]);
  try {
    const health = await healthOf(worker);
    fake.refuse({ words, of });
    const began = performance.now();
    const lines: number[] = [linesOf(worker)];
    let ready = '';
    let seconds = 0;
    for (; worker.child.exitCode === null && seconds < LATEST_S; seconds += 1) {
      await pause(SECOND_MS);
      lines.push(linesOf(worker));
      if (seconds === 30) ready = await readyz(health);
    }
    const tookS = Math.round((performance.now() - began) / SECOND_MS);
    // What ends it is said to the log and to a person.
    const most = Math.max(...lines.map((count, at) => (lines[at + MINUTE_S] ?? lines.at(-1) ?? 0) - count));
    const { exitCode } = worker.child;
    const code = ERROR_ANSWERS[words];
    const faults = [
      ...(exitCode === ERRORS[code].exit ? [] : [`exit ${exitCode}`]),
      ...(most < 20 ? [] : ['lines']),
      ...(ready.startsWith(`503 ${code}: `) ? [] : [`/readyz ${ready}`]),
      ...(tookS >= 10 * MINUTE_S && tookS <= LATEST_S ? [] : ['time']),
      ...(worker.stderr().includes(`\n${code}: `) ? [] : ['words']),
    ];
    const took = `${Math.floor(tookS / MINUTE_S)} min ${tookS % MINUTE_S} s`;
    return { cells: [words.slice(0, 40), name, most, ready.slice(0, 3), exitCode ?? '-', took], faults };
  } finally {
    worker.child.kill('SIGKILL');
    await worker.ended;
    await fake.close();
  }
}

const linesOf = ({ stderr }: RunningCli) => stderr().split('\n').length - 1;

async function healthOf(worker: RunningCli): Promise<string> {
  for (let tries = 0; tries < 600; tries += 1) {
    const [, url] = /"health":"([^"]+)"/.exec(worker.stderr()) ?? [];
    if (url !== undefined) return url;
    await pause(100);
  }
  throw new Error(`the worker does not begin:\n${worker.stderr()}`);
}

async function readyz(health: string): Promise<string> {
  const response = await fetch(`${health}/readyz`);
  return `${response.status} ${await response.text()}`;
}
