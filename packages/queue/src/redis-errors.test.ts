import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from 'ioredis';
import { bounded, codeOfAnswer, redisError } from './redis-errors.ts';

/** Answers as servers give them, and their codes. */
const ANSWERS = {
  'WRONGPASS invalid username-password pair or user is disabled.': 'E_REDIS_AUTH',
  'NOAUTH Authentication required.': 'E_REDIS_AUTH',
  'ERR AUTH <password> called without any password configured for the default user.': 'E_REDIS_AUTH',
  "NOPERM User verger-worker has no permissions to run the 'evalsha' command": 'E_REDIS_DENIED',
  'MOVED 3999 127.0.0.1:6381': 'E_REDIS_CLUSTER',
  'ASK 3999 127.0.0.1:6381': 'E_REDIS_CLUSTER',
  "CROSSSLOT Keys in request don't hash to the same slot": 'E_REDIS_CLUSTER',
  'CLUSTERDOWN Hash slot not served': 'E_REDIS_CLUSTER',
  'TRYAGAIN Multiple keys request during rehashing of slot': 'E_REDIS_CLUSTER',
  'ERR SELECT is not allowed in cluster mode': 'E_REDIS_CLUSTER',
  "OOM command not allowed when used memory > 'maxmemory'.": 'E_REDIS_REFUSED',
  'MISCONF Redis is configured to save RDB snapshots, but it is unable to persist on disk.':
    'E_REDIS_REFUSED',
  "READONLY You can't write against a read only replica.": 'E_REDIS_REFUSED',
  'NOREPLICAS Not enough good replicas to write.': 'E_REDIS_REFUSED',
  "ERR Error running script (call to f_1c2): @user_script:12: @user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.":
    'E_REDIS_REFUSED',
  "ERR Error running script (call to f_1c2): @user_script:3: -READONLY You can't write against a read only replica.":
    'E_REDIS_REFUSED',
  'ERR Error running script (call to f_1c2): @user_script:3: attempt to call a nil value': 'E_REDIS_ANSWER',
  'LOADING Redis is loading the dataset in memory': 'E_REDIS_BUSY',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.': 'E_REDIS_BUSY',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.": 'E_REDIS_BUSY',
  'UNKILLABLE Sorry the script already executed write commands against the dataset.': 'E_REDIS_BUSY',
  'ERR max number of clients reached': 'E_REDIS_BUSY',
  "ERR unknown command 'info', with args beginning with: 'server' ": 'E_REDIS_COMMAND',
  'ERR unknown command `EVALSHA`, with args beginning with: ': 'E_REDIS_COMMAND',
  "ERR unknown subcommand 'SETNAME'. Try CLIENT HELP.": 'E_REDIS_COMMAND',
  'ERR DB index is out of range': 'E_CONFIG',
  'NOSCRIPT No matching script. Please use EVAL.': 'E_REDIS_ANSWER',
  'WRONGTYPE Operation against a key holding the wrong kind of value': 'E_REDIS_ANSWER',
  'EXECABORT Transaction discarded because of previous errors.': 'E_REDIS_ANSWER',
  'ERR Protocol error: invalid bulk length': 'E_REDIS_ANSWER',
  'ERR something that no server has said before': 'E_REDIS_ANSWER',
  '': 'E_REDIS_ANSWER',
} as const;

test('every answer has its code, and its words are kept', () => {
  for (const [words, code] of Object.entries(ANSWERS)) {
    assert.equal(codeOfAnswer(words), code, words);
    const error = redisError(new ReplyError(words), 'redis://there');
    assert.equal(error.code, code, words);
    assert.ok(error.message.endsWith(words), error.message);
    assert.deepEqual(error.place, { location: 'redis://there' });
  }
});

test('a transaction that was given up has the code of the answer that it was given up for', () => {
  const previousErrors = [new ReplyError('MOVED 1 other:6379')];
  const error = Object.assign(new ReplyError('EXECABORT Transaction discarded.'), { previousErrors });
  assert.equal(redisError(error, 'redis://there').code, 'E_REDIS_CLUSTER');
});

test('what is no answer is E_REDIS_UNREACHABLE, and what no Redis says is an answer', () => {
  for (const message of ['connect ECONNREFUSED', 'Connection is closed.', 'No answer within 10 s.'])
    assert.equal(redisError(new Error(message), 'redis://there').code, 'E_REDIS_UNREACHABLE');
  const web = new Error('Protocol error, got "H" as reply type byte. Please report this.');
  const error = redisError(web, 'redis://there');
  assert.equal(error.code, 'E_REDIS_ANSWER');
  assert.match(error.message, /The server there is not Redis: Protocol error, got "H" as reply type byte\.$/);
});

test('a command that got no connection says what the server answered to connecting', async () => {
  const lost = () => Promise.reject(new Error('Reached the max retries per request limit (which is 2).'));
  const limit = { ms: 1_000, location: 'redis://there' };
  await assert.rejects(bounded(lost(), limit), { code: 'E_REDIS_UNREACHABLE' });
  const lastAnswer = () => new ReplyError('ERR max number of clients reached');
  await assert.rejects(bounded(lost(), { ...limit, lastAnswer }), { code: 'E_REDIS_BUSY' });
});
