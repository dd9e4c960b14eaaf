import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Credentials, CredentialsExpired } from './credentials.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const never = async () => await new Promise<never>(() => {});

/** Timers and clock that the test moves. */
function fakeTime(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  return async (ms: number) => {
    nowMs += ms;
    t.mock.timers.tick(ms);
    await new Promise(setImmediate);
  };
}

test('a source that hangs is told of after its time: at first as none, later as expired', async (t) => {
  const pass = fakeTime(t);
  const credentials = new Credentials({ askMs: 30_000 });
  let hangs = true;
  const ask = credentials.provided(async () => (hangs ? await never() : KEYS));
  const first = assert.rejects(ask(), {
    name: 'CredentialsProviderError',
    message: /did not answer in 30 s/,
  });
  await pass(30_000);
  await first;
  hangs = false;
  assert.equal(await ask(), KEYS);
  hangs = true;
  const later = assert.rejects(ask(), CredentialsExpired);
  await pass(30_000);
  await later;
});

test('a source that hangs does not hold up a renewal for longer than five seconds', async (t) => {
  const pass = fakeTime(t);
  const credentials = new Credentials({ askMs: 30_000 });
  credentials.provided(never);
  let renewed: boolean | undefined;
  void credentials.renew(0, 0).then((answer) => {
    renewed = answer;
  });
  await pass(4999);
  assert.equal(renewed, undefined);
  await pass(1);
  assert.equal(renewed, false);
});
