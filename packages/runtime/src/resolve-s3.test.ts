import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveS3 } from './resolve-s3.ts';

const resolve = (input: Partial<Parameters<typeof resolveS3>[0]>) =>
  resolveS3({ flags: {}, env: {}, file: undefined, ...input });

test('without a word it is AWS, with the bucket in the host name', () => {
  assert.deepEqual(resolve({}), { endpoint: null, pathStyle: false, region: null });
});

test('another endpoint is asked in path style, unless it is said otherwise', () => {
  const endpoint = 'http://store:9000';
  assert.deepEqual(resolve({ flags: { s3Endpoint: endpoint } }), { endpoint, pathStyle: true, region: null });
  assert.equal(resolve({ file: { s3Endpoint: endpoint, s3PathStyle: false } }).pathStyle, false);
  assert.equal(resolve({ env: { VERGER_S3_PATH_STYLE: '1' } }).pathStyle, true);
});

test("AWS' own variables count where ours are silent", () => {
  const env = { AWS_ENDPOINT_URL: 'http://all:1', AWS_DEFAULT_REGION: 'eu-west-1' };
  assert.deepEqual(resolve({ env }), { endpoint: 'http://all:1', pathStyle: true, region: 'eu-west-1' });
  const more = { ...env, AWS_ENDPOINT_URL_S3: 'http://s3:2', AWS_REGION: 'eu-west-2' };
  assert.deepEqual(resolve({ env: more }), { endpoint: 'http://s3:2', pathStyle: true, region: 'eu-west-2' });
  assert.equal(resolve({ env: { ...more, VERGER_S3_ENDPOINT: 'http://ours:3' } }).endpoint, 'http://ours:3');
});

test('an endpoint that is no URL is a fault of the configuration', () => {
  const flawed = [{ VERGER_S3_ENDPOINT: 'store:9000' }, { AWS_ENDPOINT_URL_S3: 'ftp://store' }];
  for (const env of flawed) assert.throws(() => resolve({ env }), { code: 'E_CONFIG' });
});

test('options that have nothing to do with storage are not judged', () => {
  const other = { flags: { variance: 'x' }, env: { VERGER_SEED: 'y' }, file: { nonsense: 1 } };
  assert.equal(resolve(other).endpoint, null);
});
