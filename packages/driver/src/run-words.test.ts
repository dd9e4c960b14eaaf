import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { activityOf, isSameQueue, stateWords } from './run-words.ts';

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

test('a queue is the same for every user of it, and for no other server, database or prefix', () => {
  const queue = 'redis://verger-coordinator@queue:6379 verger';
  for (const same of [
    queue,
    'redis://verger-dashboard@queue:6379 verger',
    'redis://queue verger',
    'redis://queue/0 verger',
  ])
    assert.ok(isSameQueue(queue, same), same);
  for (const other of [
    ...[
      'redis://verger-coordinator@other:6379 verger',
      'redis://queue:6380 verger',
      'redis://queue/1 verger',
    ],
    ...['rediss://queue:6379 verger', 'redis://queue:6379 orchard', undefined],
  ])
    assert.ok(!isSameQueue(queue, other), other);
  assert.ok(!isSameQueue(undefined, undefined));
});
