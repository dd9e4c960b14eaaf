/**
 * `npm run test:redis-answers`: every error answer × what is answered so × when it begins, on services whose
 * clock is ours; then every command on a Redis that answers so from the k-th command on. Prints a table, and
 * ends with 1 when a row is not as it should be. `--real` instead starts workers as a user does and waits for
 * their end: eleven minutes; `--only TEXT` takes the rows of services in which TEXT stands.
 */
import { ERRORS, type ErrorCode } from '@verger/core';
import { ERROR_ANSWERS } from '@verger/testkit/answers';
import type { Command } from '@verger/testkit/fake-redis';
import { startRedis } from '@verger/testkit/redis-server';
import { MOMENTS, type Moment, watchRefused } from '@verger/testkit/refused-service';
import { refusedCommands } from './redis-answers-commands.ts';
import { refusedForReal } from './redis-answers-real.ts';

const AT_ONCE = 8;
const WRITES = ['EVAL', 'EVALSHA', 'SET', 'SADD', 'DEL', 'SREM', 'MULTI'];

type Scope = readonly [name: string, of: (command: Command) => boolean, moments: readonly Moment[]];

/** What is answered so, and from which moments on that makes a difference. */
const SCOPES: readonly Scope[] = [
  ['everything', () => true, MOMENTS],
  ['writes', ([name]) => WRITES.includes(name), MOMENTS],
  ['scripts', ([name]) => name === 'EVAL' || name === 'EVALSHA', MOMENTS],
  ['the wait for a job', ([name]) => name === 'BZPOPMIN', ['idle', 'in a job']],
  ['heartbeats', ([name]) => name === 'SET' || name === 'SADD', ['idle']],
  [
    'finished jobs',
    ([, ...words]) => words.some((word) => word.endsWith(':metrics:completed')),
    ['in a job'],
  ],
];

interface Row {
  readonly cells: readonly (string | number)[];
  readonly faults: readonly string[];
}

async function row(
  port: number,
  { words, code, scope, moment }: { words: string; code: ErrorCode; scope: Scope; moment: Moment },
): Promise<Row> {
  const [name, of] = scope;
  // Heartbeats are five seconds apart.
  const refusals = name === 'heartbeats' ? ([1, 1] as const) : ([25, 10] as const);
  const seen = await watchRefused(port, { moment, refusing: { words, of }, refusals });
  const started = seen.ready.status !== 0;
  const faults = [
    ...(seen.ended === code ? [] : [`ended with ${seen.ended}`]),
    ...(seen.linesAMinute < 20 ? [] : ['lines']),
    ...(!started || (seen.ready.status === 503 && seen.ready.text.startsWith(`${code}: `))
      ? []
      : ['/readyz']),
    ...(!started || seen.connected === 0 ? [] : ['verger_redis_connected']),
    ...(!started || (seen.minutes >= 10 && seen.minutes <= 13) ? [] : [`after ${seen.minutes} minutes`]),
  ];
  const end = started ? `${seen.minutes} min` : 'at once';
  const cells = [
    words.slice(0, 40),
    name,
    moment,
    seen.ended,
    seen.linesAMinute,
    seen.ready.status || '-',
    end,
  ];
  return { cells, faults };
}

/** So many at a time. */
async function inTurn<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = [...tasks.entries()];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

function print(head: readonly string[], rows: readonly Row[]): number {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`| ${head.join(' | ')} | fault |\n|${'---|'.repeat(head.length + 1)}`);
  for (const { cells, faults } of rows) say(`| ${cells.join(' | ')} | ${faults.join(', ') || '-'} |`);
  const bad = rows.filter(({ faults }) => faults.length > 0).length;
  say(`\n${rows.length} rows, ${bad} not as they should be\n`);
  return bad;
}

const place = process.argv.indexOf('--only');
const only = place < 0 ? undefined : process.argv[place + 1];
const redis = await startRedis();
let bad = 0;
try {
  if (process.argv.includes('--real')) {
    const rows = await refusedForReal(redis.port);
    bad = print(['answer', 'of', 'most lines a minute', '/readyz', 'exit', 'after'], rows);
  } else {
    const answers = Object.entries(ERROR_ANSWERS) as [string, ErrorCode][];
    const tasks = answers.flatMap(([words, code]) =>
      SCOPES.flatMap((scope) =>
        scope[2]
          .filter((moment) => `${words} ${scope[0]} ${moment}`.includes(only ?? ''))
          .map((moment) => () => row(redis.port, { words, code, scope, moment })),
      ),
    );
    bad = print(['answer', 'of', 'from', 'code', 'lines a minute', '/readyz', 'end'], await inTurn(tasks));
    if (only === undefined) {
      const head = ['command', 'after', 'answer', 'exit', 'code', 'ended'];
      bad += print(head, await refusedCommands(redis.port, ERRORS));
    }
  }
} finally {
  await redis.close();
}
process.exit(bad === 0 ? 0 : 1);
