/**
 * A command always ends after it has said what ended it, whatever is left open or thrown where nobody waits
 * for it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ERRORS, type ErrorCode } from '@verger/core';
import { type CliOptions, cli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { type FakeRedis, startFakeRedis } from '@verger/testkit/fake-redis';
import { plantOrchard } from '@verger/testkit/images';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';
import { assertRefused } from '@verger/testkit/refused';

/** Nothing here waits for anything that long. */
const ENDS_MS = 30_000;

const preload = (code: string): CliOptions => ({
  preload: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
});

/** A server, a connection to it and a timer that nobody ends. */
const LEFT_OPEN = preload(`import { connect, createServer } from 'node:net';
const server = createServer().listen(0, '127.0.0.1', () => connect(server.address().port, '127.0.0.1'));
setInterval(() => {}, 60_000);`);

/** Thrown once the program has begun. */
const THROWN_LATE = preload(`const timer = setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0) return;
  clearInterval(timer);
  void Promise.reject(new TypeError('Invalid URL: redis://me:sekret@queue/0'));
}, 20);`);

test('what a command leaves open does not keep its process, be it well or not', {
  timeout: ENDS_MS,
}, async () => {
  const [completed, missing, wrong, listed] = await Promise.all([
    cli(['completion', 'bash'], LEFT_OPEN),
    cli(['status', '/nowhere'], LEFT_OPEN),
    cli(['doctor', '--images', '/nowhere'], LEFT_OPEN),
    cli(['run', '/nowhere', '--output', '/nowhere-else', ...TRIAL], LEFT_OPEN),
  ]);
  assert.equal(completed.code, 0);
  assert.match(completed.stdout, /complete/);
  assertRefused(missing, 'E_RUN_NOT_FOUND');
  assertRefused(wrong, 'E_USAGE');
  assertRefused(listed, 'E_INPUT_MISSING');
});

test('what is thrown where nobody waits is told as any other error, without its password', async () => {
  const { code, stderr } = await cli(['worker', '--redis', 'redis://127.0.0.1:1'], THROWN_LATE);
  assert.equal(code, ERRORS.E_INTERNAL.exit);
  assert.match(stderr, /^E_INTERNAL: .*redis:\/\/me:\*\*\*@queue/m);
  assert.doesNotMatch(stderr, /sekret|^ {4}at /m);
});

test('a Redis URL that is none is E_CONFIG, and nothing of it is shown', async () => {
  const urls = [
    'redis://:50%@sekret',
    'redis://me:sek/ret@host',
    'redis://sekret/abc',
    'redis://sekret?tls=1',
  ];
  const results = await Promise.all(urls.map((url) => cli(['worker', '--redis', url])));
  for (const { code, stderr, stdout } of results) {
    assert.equal(code, ERRORS.E_CONFIG.exit, stderr);
    assert.match(stderr, /^E_CONFIG: /m);
    assert.doesNotMatch(stderr + stdout, /sek|ret@|^ {4}at /m);
  }
});

suite('a Redis that answers with an error from the k-th command on', { skip: redisMissing }, () => {
  let redis: RedisServer;
  let place: Awaited<ReturnType<typeof temporaryFolder>>;
  const fakes: FakeRedis[] = [];

  before(async () => {
    redis = await startRedis();
    place = await temporaryFolder();
    await plantOrchard(join(place.folder, 'images'), { kinds: 2, views: 2 });
  });
  after(async () => {
    for (const fake of fakes) await fake.close();
    await redis?.close();
    await place?.remove();
  });

  /** Command, after how many commands, with which words, and the code that ends it. */
  const cases: readonly (readonly [string, number, string, ErrorCode])[] = [
    ['run', 0, 'MOVED 3999 127.0.0.1:6381', 'E_REDIS_CLUSTER'],
    ['run --detach', 12, 'QUOTA no more today', 'E_REDIS_ANSWER'],
    ['run', 30, "NOPERM this user has no permissions to run the 'eval' command", 'E_REDIS_DENIED'],
    ['worker', 6, "OOM command not allowed when used memory > 'maxmemory'.", 'E_REDIS_REFUSED'],
    ['reducer', 9, "ERR unknown command 'SET', with args beginning with: ", 'E_REDIS_COMMAND'],
  ];
  test('ends the command, which has said the words', { timeout: 2 * ENDS_MS }, async () => {
    const ended = cases.map(async ([command, afterCommands, words, code], index) => {
      const fake = await startFakeRedis(redis.port);
      fakes.push(fake);
      fake.refuse({ words, after: afterCommands });
      const [name = '', ...flags] = command.split(' ');
      const at = ['--redis', fake.url, '--queue-prefix', `p${index}`];
      const images = [join(place.folder, 'images'), '--output', join(place.folder, `out-${index}`), ...TRIAL];
      const args = name === 'run' ? [name, ...images, '--components', '2', ...flags] : [name];
      const { code: exit, stderr } = await cli([...args, ...at]);
      const shown = `${command} after ${afterCommands}: exit ${exit}\n${stderr}`;
      assert.equal(exit, ERRORS[code].exit, shown);
      assert.match(stderr, new RegExp(`^${code}: `, 'm'), shown);
      assert.ok(stderr.includes(words.trim()), shown);
      assert.doesNotMatch(stderr, /^ {4}at |does not answer/m, shown);
    });
    await Promise.all(ended);
  });
});
