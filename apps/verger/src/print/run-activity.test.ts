import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { programName } from './program-name.ts';
import { activityOf, queueFlags, resumeCommand, stateWords, storageFlags } from './run-activity.ts';

const ended = spawnSync(process.execPath, ['-e', '0']).pid;
const by = (pid: number, host = hostname()) => ({ host, pid, name: 'local' });

test('a process of this host is alive or gone; one of another host cannot be seen', () => {
  assert.equal(activityOf({ by: by(process.pid) }), 'alive');
  assert.equal(activityOf({ by: by(1) }), 'alive', 'another user’s process, too');
  assert.equal(activityOf({ by: by(ended) }), 'gone');
  assert.equal(activityOf({ by: by(ended, 'another.example') }), 'elsewhere');
  assert.equal(activityOf({ by: by(ended), queue: 'redis://queue verger' }), 'elsewhere', 'workers do it');
});

test('a state has words that say what is known', () => {
  const epoch = (pid: number, host?: string) => ({ by: by(pid, host) });
  const words = (at: ReturnType<typeof epoch>) => stateWords('running', { epoch: at, verdict: null });
  assert.equal(words(epoch(process.pid)), 'running');
  assert.equal(words(epoch(ended)), 'interrupted');
  assert.equal(words(epoch(ended, 'another.example')), 'running, or interrupted');
  assert.equal(
    stateWords('done', { epoch: undefined, verdict: 'too-many-bad' }),
    'done, too many bad images',
  );
  assert.equal(stateWords('cancelled', { epoch: undefined, verdict: null }), 'cancelled');
});

test('the next command names store and queue as they were named, and no URL that may hold a password', () => {
  const flags = { s3Endpoint: 'http://127.0.0.1:9000', s3RequesterPays: true, other: 'x' };
  const store = ['--s3-endpoint', 'http://127.0.0.1:9000', '--s3-requester-pays'];
  assert.deepEqual(storageFlags(flags), store);
  assert.deepEqual(storageFlags({}), []);
  assert.match(
    resumeCommand('s3://b/r', undefined, flags),
    / s3:\/\/b\/r --s3-endpoint http:\S+9000 --s3-req/,
  );
  const redis = 'redis://h:6379/1';
  assert.deepEqual(queueFlags({ redis, queuePrefix: 'q' }), ['--redis', redis, '--queue-prefix', 'q']);
  assert.deepEqual(queueFlags({ redis: 'redis://:secret@h' }), []);
});

test('the resume command names the queue of a run on workers, and a prefix of its own', () => {
  const begin = `${programName()} resume`;
  assert.equal(resumeCommand('a b', undefined), `${begin} 'a b'`);
  assert.equal(resumeCommand('s3://b/r', {}), `${begin} s3://b/r`);
  const on = (prefix: string) => resumeCommand('s3://b/r', { queue: `redis://h:6379 ${prefix}` });
  assert.equal(on('verger'), `${begin} s3://b/r --redis redis://h:6379`);
  assert.equal(on('mine'), `${begin} s3://b/r --redis redis://h:6379 --queue-prefix mine`);
  for (const forged of [
    'redis://h\u001b]52;c;eA\u0007 verger',
    'redis://h $(x)',
    '--output=/ verger',
    'x\ny',
  ]) {
    assert.equal(resumeCommand('s3://b/r', { queue: forged }), `${begin} s3://b/r`);
  }
  assert.ok(!resumeCommand('s3://b/\u001b[2J', undefined).includes('\u001b'));
});
