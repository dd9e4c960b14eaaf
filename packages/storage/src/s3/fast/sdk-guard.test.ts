import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import { answerWith, type HttpRequest } from './request-template.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const { version } = createRequire(import.meta.url)('@aws-sdk/client-s3/package.json') as { version: string };
const changed = (what: string) =>
  `@aws-sdk/client-s3 ${version} changed what s3/fast relies on: ${what}. ` +
  'Adapt s3/fast, or set fastReads to false in tuning.ts.';

/** What the SDK's middleware hands to the last step, which `answerWith` takes the place of. */
async function requestOf(client: sdk.S3Client): Promise<HttpRequest | undefined> {
  const command = new sdk.GetObjectCommand({ Bucket: 'bucket', Key: 'key' });
  let request: HttpRequest | undefined;
  answerWith(command, (made) => {
    request = made;
    return { statusCode: 200, headers: {}, body: Readable.from([]) };
  });
  const { Body } = await client.send(command);
  assert.ok(Body, changed('an answer put in at the deserialize step is no longer read by the SDK'));
  return request;
}

test('the installed SDK still is what fast reads rely on', async () => {
  const client = new sdk.S3Client({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'tester', secretAccessKey: 'testing-only' },
  });
  const request = await requestOf(client).catch((cause: unknown) => {
    throw new Error(changed('the deserialize step no longer stands between its middleware and the network'), {
      cause,
    });
  });
  assert.ok(request, changed('the deserialize step is given no request'));
  const shape = Object.fromEntries(
    (['method', 'protocol', 'hostname', 'port', 'path', 'query'] as const).map((name) => [
      name,
      request[name],
    ]),
  );
  const expected = {
    ...{ method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port: 1 },
    ...{ path: '/bucket/key', query: { 'x-id': 'GetObject' } },
  };
  assert.deepEqual(shape, expected, changed('the fields of a request'));
  assert.match(
    request.headers['authorization'] ?? '',
    /^AWS4-HMAC-SHA256 Credential=tester\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=[\w;-]+, Signature=[\da-f]{64}$/,
    changed('a request is not signed by plain SigV4 at the deserialize step'),
  );
  const names = Object.keys(request.headers).sort();
  const known = [
    ...['amz-sdk-invocation-id', 'amz-sdk-request', 'authorization', 'host', 'user-agent'],
    ...['x-amz-checksum-mode', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-user-agent'],
  ];
  assert.deepEqual(names, known, changed('the headers of a request'));
  const { credentials, requestHandler, systemClockOffset } = client.config;
  assert.equal(typeof requestHandler.handle, 'function', changed('config.requestHandler.handle'));
  assert.equal(systemClockOffset, 0, changed('config.systemClockOffset'));
  assert.equal((await credentials()).accessKeyId, 'tester', changed('config.credentials()'));
  client.destroy();
});
