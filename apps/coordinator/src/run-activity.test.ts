import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { activityOf, resumeCommand, stateWords } from './run-activity.ts';

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
  assert.equal(words(epoch(ended)), 'stopped on the way');
  assert.equal(words(epoch(ended, 'another.example')), 'running, or stopped on the way');
  assert.equal(
    stateWords('done', { epoch: undefined, verdict: 'too-many-bad' }),
    'done, too many bad images',
  );
  assert.equal(stateWords('cancelled', { epoch: undefined, verdict: null }), 'cancelled');
});

test('the command that goes on names the queue of a run that workers do, and its prefix where it is not the usual one', () => {
  const begin = 'npx --no verger resume';
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
