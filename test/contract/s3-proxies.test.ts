import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { formatError, type S3Options, VergerError } from '@verger/core';
import { createStorages, type S3Tuning } from '@verger/storage';
import { type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { fakeObject } from '@verger/testkit/fake-s3-answers';
import { type ProxyServerOptions, startProxyServer } from '@verger/testkit/proxy-server';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { TEST_CERT, TEST_CERT_KEY } from '@verger/testkit/tls-keys';
import { bytesOf, keysOf, textRead } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

const QUICK: Partial<S3Tuning> = {
  budgetMs: 500,
  unreachableMs: 100,
  connectMs: 500,
  stallMs: 500,
  backoffMs: 1,
};
const BUCKET = 'proxied';

async function fakeS3(t: TestContext): Promise<FakeS3> {
  const fake = await startFakeS3({ buckets: [BUCKET] });
  t.after(() => fake.stop());
  return fake;
}

async function proxyServer(t: TestContext, options?: ProxyServerOptions) {
  const proxy = await startProxyServer(options);
  t.after(() => proxy.close());
  return proxy;
}

function storageOf(t: TestContext, options: S3Options) {
  const storages = createStorages(async () => options, { tuning: QUICK });
  t.after(() => storages.close());
  return storages.open(`s3://${BUCKET}`);
}

const through = (http: string, except = '') => ({ proxies: { http, https: http, except } });

/** E_S3_UNREACHABLE with these words, and without the password. */
const unreachable = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof VergerError, String(error));
  assert.equal(error.code, 'E_S3_UNREACHABLE', error.message);
  assert.match(formatError(error), words);
  assert.doesNotMatch(formatError(error), /hunter2/);
  return true;
};

test('all calls, light reads too, go through the proxy, but for what NO_PROXY names', async (t) => {
  const fake = await fakeS3(t);
  const proxy = await proxyServer(t, { credentials: 'me:hunter2' });
  const named = proxy.url.replace('://', '://me:hunter2@');
  const storage = storageOf(t, { ...fake.options, ...through(named) });
  assert.equal(await storage.create('a', bytesOf('one')), 'created');
  assert.equal(textRead(await storage.read('a')), 'one');
  assert.equal(textRead(await storage.read('a', { lastBytes: 2 })), 'ne');
  assert.deepEqual(await keysOf(storage), ['a']);
  assert.equal(proxy.seen.length, fake.requests.length);
  assert.ok(
    proxy.seen.every((line) => line.includes(` ${fake.endpoint}/${BUCKET}`)),
    proxy.seen.join('\n'),
  );
  const direct = storageOf(t, { ...fake.options, ...through(named, 'localhost,127.0.0.1') });
  assert.equal(textRead(await direct.read('a')), 'one');
  assert.ok(proxy.seen.length < fake.requests.length);
});

test('https goes through a tunnel', async (t) => {
  const fake = await fakeS3(t);
  fake.bucket(BUCKET).objects.set('a', fakeObject('sealed'));
  // TLS in front of the fake, which keeps its own check of what is asked.
  const secure = createServer({ cert: TEST_CERT, key: TEST_CERT_KEY }, (incoming, outgoing) => {
    void fetch(`${fake.endpoint}${incoming.url}`, { method: incoming.method ?? 'GET' }).then(
      async (answer) => {
        const body = Buffer.from(await answer.arrayBuffer());
        outgoing.writeHead(answer.status, { etag: answer.headers.get('etag') ?? '' }).end(body);
      },
    );
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    secure.closeAllConnections();
    secure.close();
  });
  const proxy = await proxyServer(t, { tunnelTo: (secure.address() as AddressInfo).port });
  const options = { ...fake.options, endpoint: 'https://s3.test', ...through(proxy.url) };
  const untrusted = storageOf(t, options);
  const words = new RegExp(`self-signed certificate.*https://s3\\.test, through the proxy ${proxy.url}`);
  await assert.rejects(untrusted.read('a'), unreachable(words));
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  });
  assert.equal(textRead(await storageOf(t, options).read('a')), 'sealed');
  assert.ok(proxy.seen.length >= 2 && proxy.seen.every((line) => line === 'CONNECT s3.test:443'));
});

for (const endpoint of ['http://127.0.0.1:9', 'https://s3.test']) {
  test(`a proxy that is not there, wants another user or says no is named: ${endpoint}`, async (t) => {
    const options = { endpoint, pathStyle: true, region: 'us-east-1' };
    const read = async (http: string) => await storageOf(t, { ...options, ...through(http) }).read('a');
    const dead = await proxyServer(t);
    await dead.close();
    const named = (url: string) => `through the proxy ${url}`;
    const secret = dead.url.replace('://', '://me:hunter2@');
    await assert.rejects(read(secret), unreachable(new RegExp(`ECONNREFUSED.*${named(dead.url)}`)));
    const strict = await proxyServer(t, { credentials: 'me:other' });
    const other = strict.url.replace('://', '://me:hunter2@');
    await assert.rejects(
      read(other),
      unreachable(new RegExp(`407.*user and a password.*${named(strict.url)}`)),
    );
    assert.equal(strict.seen.length, 1, 'it is not tried again');
    if (!endpoint.startsWith('https')) return;
    const closed = await proxyServer(t, { refuse: 403 });
    await assert.rejects(read(closed.url), unreachable(new RegExp(`answered 403.*${named(closed.url)}`)));
    assert.equal(closed.seen.length, 1, 'it is not tried again');
    for (const status of [429, 502, 503, 504]) {
      const busy = await proxyServer(t, { refuse: status });
      await assert.rejects(read(busy.url), unreachable(new RegExp(`answered ${status}`)));
      assert.ok(busy.seen.length >= 3, `${status}: ${busy.seen.length} tries`);
    }
  });
}

test('an endpoint that is not there is named', async (t) => {
  const options = { endpoint: 'http://127.0.0.1:9', pathStyle: true, region: 'us-east-1' };
  await assert.rejects(
    storageOf(t, options).read('a'),
    unreachable(/ECONNREFUSED.*\(http:\/\/127\.0\.0\.1:9\)/),
  );
});

test('who pays is said in every call, and signed', async (t) => {
  const fake = await fakeS3(t);
  const storage = storageOf(t, { ...fake.options, requesterPays: true });
  async function* long() {
    for (let part = 0; part < 3; part += 1) yield Buffer.alloc(6 * 1024 * 1024, part);
  }
  assert.equal(await storage.create('a', bytesOf('one')), 'created');
  assert.equal(await storage.create('b', long()), 'created');
  assert.equal(textRead(await storage.read('a')), 'one');
  assert.equal(textRead(await storage.read('a', { lastBytes: 2 })), 'ne');
  await storage.read('a', { lastBytes: 0 });
  await keysOf(storage);
  await storage.replace('a', bytesOf('two'));
  await storage.remove('a');
  assert.ok(fake.requests.length >= 10);
  for (const { method, headers } of fake.requests) {
    assert.equal(headers['x-amz-request-payer'], 'requester', method);
    assert.match(headers.authorization ?? '', /SignedHeaders=[^,]*x-amz-request-payer/, method);
  }
  const usual = storageOf(t, fake.options);
  await usual.read('a');
  assert.equal(fake.requests.at(-1)?.headers['x-amz-request-payer'], undefined);
});
