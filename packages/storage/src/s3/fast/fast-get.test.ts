import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import type { S3Attempt } from '../attempts.ts';
import { Credentials } from '../credentials.ts';
import { getObjectFast } from './fast-get.ts';
import { makeTemplate } from './request-template.ts';
import { createSigner, encodeKey, type SigningKeys } from './sigv4.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const SHORT_LIVED = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalr/XUtn+FEMI',
  sessionToken: 'a/b+c==',
};
const LASTING = { accessKeyId: 'tester', secretAccessKey: 'testing-only' };
const ODD_KEYS = [
  'a.jpg',
  'deep/er/and/deeper/a.jpg',
  'a b.jpg',
  ' leading and trailing ',
  'a+b.jpg',
  'a%20b.jpg',
  '100%.jpg',
  '%2F.jpg',
  'a&b=c?d#e.jpg',
  'a:b@c;d,e.jpg',
  "~*'().!_-",
  '$[]{}|\\^`"<>',
  'ä ö ü ß.jpg',
  'a\u0308.jpg',
  '\u{1f34e}/\u{1f468}\u200d\u{1f469}\u200d\u{1f467}.jpg',
  '日本語/画像.jpg',
  'שלום.jpg',
  '.hidden',
  '..two dots',
  'dots/.../x',
  'a//b.jpg',
  '/lead.jpg',
  'trail/',
  'a/../b',
  './a',
  'tab\there',
  'new\nline',
  'k\u0001\u007f.jpg',
  '\u00a0\u2028\ufeff.jpg',
  'x-id=GetObject',
  'key',
  'é'.repeat(500),
  'k'.repeat(1024),
];
const PLACES: Readonly<Record<string, { config: sdk.S3ClientConfig; bucket: string }>> = {
  'path style, with a port': {
    bucket: 'some-bucket',
    config: { endpoint: 'http://127.0.0.1:7070', forcePathStyle: true },
  },
  'path style, below a path': {
    bucket: 'buck.et',
    config: { endpoint: 'https://store.internal/s3', forcePathStyle: true },
  },
  'virtual host of an own endpoint': {
    bucket: 'bucket',
    config: { endpoint: 'https://store.internal:9000' },
  },
  IPv6: { bucket: 'bucket', config: { endpoint: 'http://[::1]:9000', forcePathStyle: true } },
  AWS: { bucket: 'bucket', config: {} },
  'AWS, path style': { bucket: 'buck.et', config: { forcePathStyle: true } },
  'AWS, dual stack': { bucket: 'bucket', config: { useDualstackEndpoint: true } },
  'AWS, China': { bucket: 'bucket', config: { region: 'cn-north-1' } },
};

interface Sent {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

const clientOf = (config: sdk.S3ClientConfig, credentials: SigningKeys = LASTING) =>
  new sdk.S3Client({ region: 'eu-west-1', ...config, credentials: credentials as typeof SHORT_LIVED });

/** What the SDK itself would send. */
async function sentBySdk(client: sdk.S3Client, input: sdk.GetObjectCommandInput): Promise<Sent> {
  const command = new sdk.GetObjectCommand(input);
  let sent: unknown;
  command.middlewareStack.add(
    () =>
      async ({ request }) => {
        sent = request;
        return {
          response: { statusCode: 200, headers: {}, body: Readable.from([]) },
          output: { $metadata: {} },
        };
      },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(command);
  return sent as Sent;
}

/** What is sent here: the client's own, but for its sockets. */
async function sentHere(client: sdk.S3Client, input: sdk.GetObjectCommandInput): Promise<Sent> {
  let sent: unknown;
  client.config.requestHandler = {
    ...client.config.requestHandler,
    handle: async (request: unknown) => {
      sent = request;
      return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } };
    },
  } as unknown as typeof client.config.requestHandler;
  await getObjectFast(attemptOf(client), input as { Bucket: string; Key: string });
  return sent as Sent;
}

function attemptOf(client: sdk.S3Client, templates: S3Attempt['templates'] = new Map()): S3Attempt {
  const settings = { endpoint: null, pathStyle: false, region: null };
  const credentials = new Credentials({ askMs: 30_000 });
  return {
    sdk,
    client,
    settings,
    credentials,
    templates,
    abortSignal: new AbortController().signal,
    earlier: false,
  };
}

const timeOf = (headers: Record<string, string>) =>
  Date.parse(
    (headers['x-amz-date'] ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );

/** The headers that SDK requests have beyond ours: made for each of them, or about its own attempts. */
const SDK_ONLY = ['amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-user-agent'];

const lifeOf = (keys: object) => ('sessionToken' in keys ? 'short-lived' : 'lasting');

describe('a signature', () => {
  test('is that of the examples that AWS gives', () => {
    // docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object".
    const keys = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const headers = {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    };
    const request = { method: 'GET', path: '/test.txt', query: '', headers, unsigned: [] };
    const signed = createSigner('us-east-1')(request, keys, Date.UTC(2013, 4, 24));
    assert.equal(signed['x-amz-date'], '20130524T000000Z');
    assert.equal(
      signed['authorization'],
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  for (const [name, { config, bucket }] of Object.entries(PLACES)) {
    for (const keys of [LASTING, SHORT_LIVED]) {
      test(`is the SDK's for odd keys: ${name}, ${lifeOf(keys)} credentials`, async () => {
        const client = clientOf(config, keys);
        const template = await makeTemplate(attemptOf(client), bucket);
        assert.ok(template !== null);
        for (const [index, key] of ODD_KEYS.entries()) {
          const range = index % 3 === 0 ? { Range: 'bytes=5-99' } : {};
          const theirs = await sentBySdk(client, { Bucket: bucket, Key: key, ...range });
          assert.equal(`${template.path}${encodeKey(key)}`, theirs.path, key);
          // All that they sign, so that the signature itself can be compared.
          const { authorization, ...headers } = theirs.headers;
          const unsigned = template.unsigned;
          const request = { method: 'GET', path: theirs.path, query: template.query, headers, unsigned };
          const ours = template.sign(request, keys, timeOf(headers));
          assert.equal(ours['authorization'], authorization, key);
        }
        client.destroy();
      });

      test(`goes with the SDK's request: ${name}, ${lifeOf(keys)} credentials`, async () => {
        const client = clientOf(config, keys);
        const input = { Bucket: bucket, Key: "ä/b c+'%.jpg", Range: 'bytes=0-0' };
        const theirs = await sentBySdk(client, input);
        const ours = await sentHere(client, input);
        const place = ({ protocol, hostname, port, path, query }: Sent) => ({
          ...{ protocol, hostname, port, path, query },
        });
        assert.deepEqual(place(ours), place(theirs));
        const kept = ({ headers }: Sent) =>
          Object.entries(headers)
            .filter(([header]) => ![...SDK_ONLY, 'authorization', 'x-amz-date'].includes(header))
            .sort();
        assert.deepEqual(kept(ours), kept(theirs));
        assert.equal(ours.headers['x-amz-security-token'], (keys as SigningKeys).sessionToken);
        client.destroy();
      });
    }
  }

  test('follows credentials, day and the clock that S3 has', async () => {
    let keys: SigningKeys = LASTING;
    const client = new sdk.S3Client({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:7070',
      credentials: async () => ({ ...keys, expiration: new Date() }) as typeof SHORT_LIVED,
    });
    const templates: S3Attempt['templates'] = new Map();
    const sent: Sent[] = [];
    client.config.requestHandler = {
      handle: async (request: Sent) => {
        sent.push(request);
        return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } };
      },
      destroy: () => {},
    } as unknown as typeof client.config.requestHandler;
    await getObjectFast(attemptOf(client, templates), { Bucket: 'b', Key: 'k' });
    keys = SHORT_LIVED;
    client.config.systemClockOffset = 36 * 3600_000;
    await getObjectFast(attemptOf(client, templates), { Bucket: 'b', Key: 'k' });
    const [first, second] = sent.map(({ headers }) => headers);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(first['x-amz-security-token'], undefined);
    assert.match(first['authorization'] ?? '', /Credential=tester\//);
    assert.equal(second['x-amz-security-token'], SHORT_LIVED.sessionToken);
    const day = new Date(Date.now() + 36 * 3600_000).toISOString().slice(0, 10).replaceAll('-', '');
    assert.match(second['authorization'] ?? '', new RegExp(`Credential=AKIDEXAMPLE/${day}/eu-west-1/s3/`));
    assert.ok(Math.abs(timeOf(second) - timeOf(first) - 36 * 3600_000) < 10_000);
    const { authorization, 'x-amz-date': _, 'x-amz-security-token': __, ...headers } = second;
    const request = {
      method: 'GET',
      path: '/b/k',
      query: 'x-id=GetObject',
      headers,
      unsigned: ['user-agent'],
    };
    const path = second['host'] === '127.0.0.1:7070' ? '/b/k' : '/k';
    const fresh = createSigner('eu-west-1')({ ...request, path }, SHORT_LIVED, timeOf(second));
    assert.equal(authorization, fresh['authorization']);
  });

  test('half a surrogate pair is refused as the SDK refuses it', async () => {
    const client = clientOf({});
    const input = { Bucket: 'b', Key: '\ud800' };
    await assert.rejects(sentBySdk(client, input), URIError);
    await assert.rejects(getObjectFast(attemptOf(client), input), URIError);
  });
});

describe('an answer', () => {
  const server = createServer((_, response) => {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  let answer: { status: number; headers: Record<string, string>; body: string };
  let client: sdk.S3Client;
  let templates: NonNullable<S3Attempt['templates']>;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = clientOf({ endpoint, forcePathStyle: true, maxAttempts: 1 });
    templates = new Map();
  });
  after(() => {
    client.destroy();
    server.close();
  });
  const input = { Bucket: 'bucket', Key: 'key.jpg' };
  const here = async () => await getObjectFast(attemptOf(client, templates), input);

  test('is read from its headers', async () => {
    const headers = { etag: '"abc"', 'content-range': 'bytes 0-4/99', 'content-length': '5' };
    answer = { status: 206, headers, body: 'hello' };
    const { Body, ...said } = await here();
    assert.deepEqual(said, {
      ...{ ETag: '"abc"', ContentRange: 'bytes 0-4/99', ContentLength: 5 },
      ...{ status: 206, chunked: false },
    });
    assert.equal(await text(Body as Readable), 'hello');
  });

  const BAD: Readonly<Record<string, typeof answer>> = {
    '404 NoSuchKey': { status: 404, headers: {}, body: '<Error><Code>NoSuchKey</Code></Error>' },
    '404 without a body': { status: 404, headers: {}, body: '' },
    '403 AccessDenied': {
      status: 403,
      headers: { 'x-amz-request-id': 'r1' },
      body: '<Error><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>',
    },
    '301 PermanentRedirect': {
      status: 301,
      headers: { 'x-amz-bucket-region': 'ap-south-1' },
      body: '<Error><Code>PermanentRedirect</Code><Region>ap-south-1</Region></Error>',
    },
    '503 SlowDown': { status: 503, headers: {}, body: '<Error><Code>SlowDown</Code></Error>' },
    '500 that is no XML': { status: 500, headers: {}, body: 'oops' },
    '412': { status: 412, headers: {}, body: '<Error><Code>PreconditionFailed</Code></Error>' },
    '416': { status: 416, headers: {}, body: '<Error><Code>InvalidRange</Code></Error>' },
  };
  for (const [name, bad] of Object.entries(BAD)) {
    test(`${name} is the SDK's own error`, async () => {
      answer = bad;
      const fieldsOf = async (asking: Promise<unknown>) => {
        const error = await asking.then(
          () => assert.fail('it was good'),
          (thrown: unknown) => thrown as Error & { $response?: { statusCode: number; headers: object } },
        );
        const { $response: response, ...fields } = { ...error };
        const { date: _, ...headers } = { date: '', ...response?.headers };
        return JSON.parse(
          JSON.stringify([error.name, error.message, fields, response?.statusCode, headers]),
        ) as unknown;
      };
      const theirs = await fieldsOf(client.send(new sdk.GetObjectCommand(input)));
      assert.deepEqual(await fieldsOf(here()), theirs);
    });
  }

  test('with a checksum has its body held against it', async () => {
    const headers = { 'x-amz-checksum-crc32': 'NhCmhg==', 'content-length': '5' };
    answer = { status: 200, headers, body: 'hello' };
    assert.equal(await text((await here()).Body as Readable), 'hello');
    answer = { status: 200, headers, body: 'hullo' };
    await assert.rejects(async () => await text((await here()).Body as Readable), /checksum/i);
    assert.equal(await templates.get(input.Bucket), null, 'the SDK asks for the next ones itself');
    templates.clear();
    await assert.rejects(async () => await text((await here()).Body as Readable), /checksum/i);
    templates.clear();
  });

  test('whose date is another makes later signatures follow it', async () => {
    const aheadMs = 3600_000;
    const headers = { date: new Date(Date.now() + aheadMs).toUTCString() };
    answer = { status: 403, headers, body: '<Error><Code>RequestTimeTooSkewed</Code></Error>' };
    await assert.rejects(here(), { name: 'RequestTimeTooSkewed' });
    assert.ok(Math.abs(client.config.systemClockOffset - aheadMs) < 10_000);
    client.config.systemClockOffset = 0;
  });
});
