import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatError, type Storage, VergerError } from '@verger/core';
import { createStorages } from '@verger/storage';
import { type FakeMetadata, type GivenKeys, startFakeMetadata } from '@verger/testkit/fake-metadata';
import { type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { until } from '@verger/testkit/processes';
import { bytesOf, keysOf, textRead } from './storage-facts.ts';

const BUCKET = 'renewed';

/** A home without anything of AWS in it, and a fake S3 that takes only what `good` says. */
interface Place {
  readonly home: string;
  readonly fake: FakeS3;
  readonly storage: Storage;
  /** The session tokens that S3 takes. */
  good: string[];
  /** How often S3 refused. */
  readonly refused: number;
  /** Writes keys into the shared file. */
  share(token: string): Promise<void>;
}

async function place(
  t: TestContext,
  {
    env = {},
    renewMs = 200,
    code = 'ExpiredToken',
    profile,
  }: { env?: Record<string, string>; renewMs?: number; code?: string; profile?: string },
): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), 'verger-credentials-'));
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  await mkdir(join(home, '.aws'));
  Object.assign(process.env, {
    ...{ HOME: home, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', ...env },
  });
  const fake = await startFakeS3({ buckets: [BUCKET] });
  for (const key of ['a', 'b', 'c']) fake.bucket(BUCKET).objects.set(key, fakeObject(`<${key}>`));
  const tuning = { budgetMs: 3000, backoffMs: 2, longestBackoffMs: 20, renewMs };
  const storages = createStorages(async () => ({ ...fake.options, ...(profile ? { profile } : {}) }), {
    tuning,
  });
  t.after(async () => {
    await storages.close();
    await fake.stop();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    await rm(home, { recursive: true, force: true });
  });
  let refused = 0;
  const here: Place = {
    ...{ home, fake, storage: storages.open(`s3://${BUCKET}`), good: ['one'] },
    get refused() {
      return refused;
    },
    share: async (token) => {
      const lines = ['[default]', `aws_access_key_id = ASIA${token}`, 'aws_secret_access_key = secret'];
      const text = [...lines, `aws_session_token = ${token}`, ''].join('\n');
      await writeFile(join(home, '.aws', 'credentials'), text);
    },
  };
  fake.plan(({ headers }) => {
    if (here.good.includes(String(headers['x-amz-security-token']))) return undefined;
    refused += 1;
    return { kind: 'answer', status: code === 'ExpiredToken' ? 400 : 403, code };
  });
  return here;
}

test('a named profile counts before the keys of variables and of the default profile', async (t) => {
  const env = { AWS_ACCESS_KEY_ID: 'ASIAreader', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'reader' };
  const here = await place(t, { env, profile: 'writer' });
  await here.share('shared');
  const lines = ['[profile writer]', 'aws_access_key_id = ASIAwriter', 'aws_secret_access_key = secret'];
  const text = [...lines, 'aws_session_token = writer', ''].join('\n');
  await writeFile(join(here.home, '.aws', 'config'), text);
  here.good = ['writer'];
  await everyCall(here.storage);
  assert.equal(here.refused, 0);
});

/** Reads, light and by the SDK, lists and writes, at the same time. */
async function everyCall(storage: Storage): Promise<void> {
  const reads = Array.from({ length: 20 }, async () => textRead(await storage.read('a')));
  const [, , ends] = await Promise.all([
    keysOf(storage),
    storage.replace('c', bytesOf('<c>')),
    Promise.all([...reads, storage.read('b', { lastBytes: 2 }).then(textRead)]),
  ]);
  assert.deepEqual(ends, [...Array.from({ length: 20 }, () => '<a>'), 'b>']);
}

const fails =
  (code: string, words = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof VergerError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(formatError(error), words);
    return true;
  };

test('keys that were renewed in the shared file are read again, by all calls under way', async (t) => {
  const here = await place(t, {});
  await here.share('one');
  await everyCall(here.storage);
  for (const token of ['two', 'three']) {
    await here.share(token);
    here.good = [token];
    await everyCall(here.storage);
  }
  assert.ok(here.refused > 0);
});

test('keys that are renewed a moment after they expired are waited for', async (t) => {
  const here = await place(t, { renewMs: 3000 });
  await here.share('one');
  await everyCall(here.storage);
  here.good = ['two'];
  const calls = everyCall(here.storage);
  await until('a refusal', () => here.refused > 0);
  await here.share('two');
  await calls;
});

test('keys that stay expired are E_S3_EXPIRED; the storage goes on once they are renewed', async (t) => {
  const here = await place(t, {});
  await here.share('one');
  await everyCall(here.storage);
  here.good = ['two'];
  await assert.rejects(here.storage.read('a'), fails('E_S3_EXPIRED', /ExpiredToken/));
  await here.share('two');
  await everyCall(here.storage);
});

test('keys that were expired from the start are not waited for', async (t) => {
  const here = await place(t, { renewMs: 60_000 });
  await here.share('old');
  await assert.rejects(here.storage.read('a'), fails('E_S3_EXPIRED'));
});

test('a wait for keys ends with the signal of the call', async (t) => {
  const here = await place(t, { renewMs: 60_000 });
  await here.share('one');
  await everyCall(here.storage);
  here.good = ['two'];
  const abort = new AbortController();
  const read = here.storage.read('a', { signal: abort.signal });
  await until('a refusal', () => here.refused > 0);
  abort.abort(new Error('enough'));
  await assert.rejects(read, /enough/);
  await here.share('two');
});

test('exchanged keys are read again as well; the same ones are not tried twice', async (t) => {
  const here = await place(t, { code: 'InvalidAccessKeyId' });
  await here.share('one');
  await everyCall(here.storage);
  await here.share('two');
  here.good = ['two'];
  await everyCall(here.storage);
  here.good = [];
  const before = here.refused;
  await assert.rejects(here.storage.read('a'), fails('E_S3_CREDENTIALS'));
  assert.equal(here.refused - before, 1);
});

test('a credential_process is asked again', async (t) => {
  const here = await place(t, { env: { AWS_PROFILE: 'tool' } });
  const file = join(here.home, 'keys.json');
  await writeFile(join(here.home, '.aws', 'config'), `[profile tool]\ncredential_process = cat ${file}\n`);
  const give = async (token: string) => {
    const keys = { Version: 1, AccessKeyId: `ASIA${token}`, SecretAccessKey: 'secret', SessionToken: token };
    await writeFile(file, JSON.stringify(keys));
  };
  await give('one');
  await everyCall(here.storage);
  await give('two');
  here.good = ['two'];
  await everyCall(here.storage);
});

test('an SSO session that has expired is E_S3_EXPIRED', async (t) => {
  const here = await place(t, { env: { AWS_PROFILE: 'sso' } });
  const sso = ['sso_start_url = https://sso.invalid/start', 'sso_region = us-east-1'];
  const profile = ['[profile sso]', ...sso, 'sso_account_id = 1', 'sso_role_name = r', ''];
  await writeFile(join(here.home, '.aws', 'config'), profile.join('\n'));
  const cache = join(here.home, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  const name = createHash('sha1').update('https://sso.invalid/start').digest('hex');
  const session = { accessToken: 'x', expiresAt: new Date(Date.now() - 1000).toISOString() };
  await writeFile(join(cache, `${name}.json`), JSON.stringify(session));
  await assert.rejects(here.storage.read('a'), fails('E_S3_EXPIRED', /expired/i));
});

const SERVICES = {
  instance: ({ endpoint }: FakeMetadata) => ({
    ...{ AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint, AWS_EC2_METADATA_DISABLED: 'false' },
  }),
  container: ({ containerUri }: FakeMetadata) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: containerUri }),
};

for (const [name, envOf] of Object.entries(SERVICES)) {
  const service = async (t: TestContext, keys: () => GivenKeys | undefined) => {
    const metadata = await startFakeMetadata(keys);
    t.after(() => metadata.close());
    return metadata;
  };

  test(`the role of an ${name} whose keys expire all the time: no call fails`, async (t) => {
    let [number, served] = [0, 0];
    const metadata = await service(t, () => ({
      token: `t${number}`,
      expiration: new Date(Date.now() + 2000),
    }));
    const here = await place(t, { env: envOf(metadata), renewMs: 2000 });
    // New ones after every thirtieth answer: how fast this machine is does not matter.
    here.fake.plan(({ headers }) => {
      if (headers['x-amz-security-token'] !== `t${number}`) {
        return { kind: 'answer', status: 400, code: 'ExpiredToken' };
      }
      served += 1;
      if (served % 30 === 0) number += 1;
      return undefined;
    });
    for (let round = 0; round < 15; round += 1) await everyCall(here.storage);
    assert.ok(number > 5, `${number}`);
    assert.ok(metadata.asked > 5);
  });

  test(`the role of an ${name} that gives out old keys is asked until there are new ones`, async (t) => {
    let token = 'one';
    let stale = 0;
    const metadata = await service(t, () => {
      if (stale > 0) stale -= 1;
      // What a service says that has not noticed: the SDK believes them for five minutes more.
      const old = stale > 0 ? 'one' : token;
      return { token: old, expiration: new Date(Date.now() + (old === 'one' ? -1000 : 3600_000)) };
    });
    const here = await place(t, { env: envOf(metadata), renewMs: 3000 });
    await everyCall(here.storage);
    token = 'two';
    stale = 4;
    here.good = ['two'];
    await everyCall(here.storage);
    assert.equal(stale, 0);
  });

  // That of a container is asked four times over by the SDK, a second apart.
  if (name === 'container') continue;
  test(`a silent service of an ${name} is E_S3_EXPIRED, not "no credentials"`, async (t) => {
    let given: GivenKeys | undefined = { token: 'one', expiration: new Date(Date.now() + 300) };
    const metadata = await service(t, () => given);
    const here = await place(t, { env: envOf(metadata) });
    await everyCall(here.storage);
    here.good = ['two'];
    given = undefined;
    await assert.rejects(here.storage.read('a'), fails('E_S3_EXPIRED'));
    given = { token: 'two', expiration: new Date(Date.now() + 3600_000) };
    await everyCall(here.storage);
  });
}
