/**
 * Every command that asks a Redis, on one that answers with an error from its k-th command on: it ends, and
 * has said the words.
 */
import { join } from 'node:path';
import type { ERRORS, ErrorCode } from '@verger/core';
import { ERROR_ANSWERS } from '../fixtures/answers.ts';
import { cli, startCli, TRIAL, temporaryFolder } from '../fixtures/cli.ts';
import { hasEnded } from '../fixtures/cluster.ts';
import { startFakeRedis } from '../fixtures/fake-redis.ts';
import { plantOrchard } from '../fixtures/images.ts';
import { until } from '../fixtures/processes.ts';

/** Commands are served before: the handshake, the check, BullMQ's start, the jobs, the watch. */
const AFTER = [0, 2, 4, 6, 8, 10, 12, 14, 17, 20, 25, 30];
const COMMANDS = ['run', 'run --detach', 'resume', 'transform', 'status', 'worker', 'reducer'] as const;
const ENDS_MS = 60_000;
/** An attached coordinator waits half an hour for these, and a worker ten minutes. */
const MAY_HEAL: readonly ErrorCode[] = ['E_REDIS_REFUSED', 'E_REDIS_BUSY', 'E_REDIS_ANSWER'];

interface Told {
  readonly cells: readonly (string | number)[];
  readonly faults: readonly string[];
}

/** One row for each command and k. The answers take turns. Minutes. */
export async function refusedCommands(port: number, errors: typeof ERRORS): Promise<Told[]> {
  const place = await temporaryFolder();
  const images = join(place.folder, 'images');
  await plantOrchard(images, { kinds: 2, views: 2 });
  const local = join(place.folder, 'local');
  await cli(['run', images, '--output', local, '--name', 'done', '--components', '2', ...TRIAL]);
  const answers = Object.entries(ERROR_ANSWERS) as [string, ErrorCode][];
  const told: Told[] = [];
  for (const command of COMMANDS) {
    for (const after of AFTER) {
      const fake = await startFakeRedis(port);
      const output = join(place.folder, `out-${told.length}`);
      // Of a run that is to be resumed, the jobs are in the queue.
      const at = ['--redis', fake.url, '--queue-prefix', `c${told.length}`];
      const plan = ['--output', output, '--name', 'r', ...TRIAL];
      const run = ['run', images, ...plan, '--components', '2', ...at];
      if (command === 'resume' || command === 'status') await cli([...run, '--detach']);
      const found = answers[told.length % answers.length] as [string, ErrorCode];
      // What may heal is waited for once a command has begun to wait.
      const [words, code] = after >= 12 && MAY_HEAL.includes(found[1]) ? answers[8]! : found;
      const args = {
        ...{ run, 'run --detach': [...run, '--detach'] },
        ...{ resume: ['resume', join(output, 'r'), ...at], status: ['status', join(output, 'r'), ...at] },
        transform: ['transform', join(local, 'done'), images, ...plan, ...at],
        ...{ worker: ['worker', ...at], reducer: ['reducer', ...at] },
      }[command];
      fake.refuse({ words, after });
      told.push(await judged(args, { command, after, words, code, errors }));
      await fake.close();
    }
  }
  await place.remove();
  return told;
}

interface Case {
  readonly command: string;
  readonly after: number;
  readonly words: string;
  readonly code: ErrorCode;
  readonly errors: typeof ERRORS;
}

async function judged(args: readonly string[], { command, after, words, code, errors }: Case): Promise<Told> {
  const began = performance.now();
  const running = startCli(args);
  const takesJobs = () => running.stderr().includes('"takes jobs"');
  const isOver = () => hasEnded(running) || takesJobs() || performance.now() - began > ENDS_MS;
  await until('it ends, or takes jobs', isOver);
  // A worker that has begun waits ten minutes for its server: then the signal is to end it.
  const served = takesJobs();
  if (served) running.child.kill('SIGTERM');
  else if (!hasEnded(running)) running.child.kill('SIGKILL');
  const result = await running.ended;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const cells = [command, after, words.slice(0, 30), result.code ?? '-', code, `${seconds} s`];
  if (result.signal === 'SIGKILL') return { cells, faults: ['it does not end'] };
  const { stderr, stdout } = result;
  // It may have had all that it needed before.
  if (result.code === 0 || served) return { cells, faults: result.code === 0 ? [] : ['signal'] };
  const faults = [
    ...(result.code === errors[code].exit ? [] : ['exit']),
    ...(new RegExp(`^${code}: `, 'm').test(stderr) ? [] : ['code']),
    ...((stderr + stdout).includes(words.trim().slice(0, 40)) ? [] : ['words']),
    ...(/^ {4}at /m.test(stderr) ? ['a stack'] : []),
  ];
  return { cells, faults };
}
