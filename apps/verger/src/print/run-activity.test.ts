import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programName } from './program-name.ts';
import { queueFlags, resumeCommand, storageFlags } from './run-activity.ts';

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
