/**
 * Every command that asks a Redis, on one that answers with an error from its k-th command on: it ends, and
 * has said the words.
 */
import { join } from 'node:path';
import type { ERRORS, ErrorCode } from '@verger/core';
import { ERROR_ANSWERS } from '@verger/testkit/answers';
import { cli, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { hasEnded } from '@verger/testkit/cluster';
import { type FakeRedis, startFakeRedis } from '@verger/testkit/fake-redis';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';

/** Commands are served before: the handshake, the check, BullMQ's start, the jobs, the watch. */
const AFTER = [0, 2, 4, 6, 8, 10, 12, 14, 17, 20, 25, 30];
const COMMANDS = ['run', 'run --detach', 'resume', 'transform', 'status', 'worker', 'reducer'] as const;
const ENDS_MS = 60_000;
/** An attached coordinator waits half an hour for these, and a worker ten minutes. */
const MAY_HEAL: readonly ErrorCode[] = ['E_REDIS_REFUSED', 'E_REDIS_BUSY', 'E_REDIS_ANSWER'];
/** What is answered instead of those where a command would wait: it does not heal. */
const LASTING = 'MOVED 3999 127.0.0.1:6381' satisfies keyof typeof ERROR_ANSWERS;

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
      const waits = after >= 12 && MAY_HEAL.includes(found[1]);
      const [words, code] = waits ? ([LASTING, ERROR_ANSWERS[LASTING]] as const) : found;
      const args = {
        ...{ run, 'run --detach': [...run, '--detach'] },
        ...{ resume: ['resume', join(output, 'r'), ...at], status: ['status', join(output, 'r'), ...at] },
        transform: ['transform', join(local, 'done'), images, ...plan, ...at],
        ...{ worker: ['worker', ...at], reducer: ['reducer', ...at] },
      }[command];
      fake.refuse({ words, after });
      told.push(await judged(args, { command, after, words, code, errors, fake }));
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
  readonly fake: FakeRedis;
}

async function judged(args: readonly string[], one: Case): Promise<Told> {
  const { command, after, words, code } = one;
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
  if (served) return { cells, faults: result.code === 0 ? [] : ['signal'] };
  return { cells, faults: faultsOf(result, one) };
}

/** Of a command that has ended by itself. One that was refused nothing had all that it needed before. */
function faultsOf(
  {
    code: exit,
    stderr,
    stdout,
  }: { readonly code: number | null; readonly stderr: string; readonly stdout: string },
  { command, words, code, errors, fake }: Case,
): string[] {
  const isRefused = fake.counts.refused > 0;
  if (!isRefused) return exit === 0 ? [] : [`exit ${exit}, refused nothing`];
  // `status` tells of the run all the same.
  const told = command === 'status' ? stdout : stderr;
  const coded = new RegExp(command === 'status' ? `: ${code}: ` : `^${code}: `, 'm');
  return [
    ...(exit === (command === 'status' ? 0 : errors[code].exit) ? [] : ['exit']),
    ...(coded.test(told) ? [] : ['code']),
    ...((stderr + stdout).includes(words.trim().slice(0, 40)) ? [] : ['words']),
    ...(/^ {4}at /m.test(stderr) ? ['a stack'] : []),
  ];
}
