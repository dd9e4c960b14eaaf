import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { cli, startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import { type RedisServer, redisMissing, startRedis } from '@verger/testkit/redis-server';

test('--detach and --strict without a queue are refused before anything is written', async () => {
  const { folder, remove } = await temporaryFolder();
  try {
    await plantOrchard(join(folder, 'images'), { kinds: 2, views: 2 });
    const output = join(folder, 'out');
    const { code, stderr } = await cli([
      'run',
      join(folder, 'images'),
      '--output',
      output,
      '--detach',
      ...TRIAL,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /^E_CONFIG: [\s\S]*--detach \(flag\): this needs --redis/m);
    const strict = await cli(['run', join(folder, 'images'), '--output', output, '--strict', ...TRIAL]);
    assert.equal(strict.code, 2);
    assert.match(strict.stderr, /^E_CONFIG: [\s\S]*--strict \(flag\): this needs --redis/m);
    assert.equal(existsSync(output), false);
  } finally {
    await remove();
  }
});

suite('an attached coordinator (real Redis)', { skip: redisMissing }, () => {
  let redis: RedisServer;
  let place: { folder: string; remove: () => Promise<void> };
  before(async () => {
    redis = await startRedis();
    place = await temporaryFolder();
  });
  after(async () => {
    await redis.close();
    await place.remove();
  });

  test('Ctrl-C says that the run goes on, and how to watch it', async () => {
    const images = join(place.folder, 'images');
    await plantOrchard(images, { kinds: 2, views: 2 });
    const output = join(place.folder, 'out');
    const words = ['run', images, '--output', output, '--name', 'left', '--redis', redis.url, ...TRIAL];
    const running = startCli(words);
    await until('the coordinator watches', () => /no worker is alive/.test(running.stderr()));
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /^E_DETACHED: .*goes on/m);
    assert.doesNotMatch(stderr, /E_INTERRUPTED/);
  });

  test('--detach and status --watch say that nobody is there to do it', async () => {
    const images = join(place.folder, 'images');
    await plantOrchard(images, { kinds: 2, views: 2 });
    const queue = ['--redis', redis.url, '--queue-prefix', 'nobody'];
    const words = ['run', images, '--output', join(place.folder, 'alone'), ...queue, '--detach', ...TRIAL];
    const { code, stdout, stderr } = await cli(words);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no worker is alive: start `verger worker`; no reducer is alive/);
    assert.match(stdout, new RegExp(`status \\S+ --redis ${redis.url} --queue-prefix nobody --watch`));
    const watching = startCli(['status', join(place.folder, 'alone'), ...queue, '--watch']);
    await until('it says so', () => /note: no worker is alive/.test(watching.stderr()));
    watching.child.kill('SIGINT');
    await watching.ended;
  });
});
