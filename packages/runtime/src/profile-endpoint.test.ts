import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readS3Options } from './resolve-s3.ts';

const CONFIG = `
[default]
region = eu-west-1
endpoint_url = http://default:1 ; a remark

[profile work]
services = local
endpoint_url = http://work:2
s3 =
  endpoint_url = http://no-service:3

[profile plain]
output=json
endpoint_url=http://plain:4

[profile off]
endpoint_url = http://off:5
ignore_configured_endpoint_urls = true

[profile lost]
services = nowhere

[profile bad]
endpoint_url = store:9000

[services local]
dynamodb =
  endpoint_url = http://dynamo:6
s3 =
  addressing_style = path
  endpoint_url = http://s3:7
`;

async function asker(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'verger-profile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'config');
  await writeFile(file, CONFIG);
  await writeFile(join(folder, 'credentials'), '[only]\nendpoint_url = http://only:8\n');
  const files = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  return async (env: Record<string, string> = {}, flags = {}) =>
    await readS3Options({ flags, env: { ...files, ...env }, file: undefined });
}

test('the endpoint of the AWS profile is one like --s3-endpoint: in path style', async (t) => {
  const ask = await asker(t);
  assert.deepEqual(await ask(), { endpoint: 'http://default:1', pathStyle: true, region: null });
  assert.equal((await ask({ VERGER_S3_PATH_STYLE: 'false' })).pathStyle, false);
  const of = async (AWS_PROFILE: string) => (await ask({ AWS_PROFILE })).endpoint;
  assert.equal(await of('work'), 'http://s3:7', 'that of the service goes before that of the profile');
  assert.equal(await of('plain'), 'http://plain:4');
  assert.equal(await of('only'), 'http://only:8');
  assert.equal(await of('off'), null);
  assert.equal((await ask({ AWS_PROFILE: 'none', AWS_REGION: 'eu-west-1' })).endpoint, null);
});

test('a profile that does not exist is named, with the files that were read', async (t) => {
  const ask = await asker(t);
  for (const ignore of ['false', 'true']) {
    await assert.rejects(ask({ AWS_PROFILE: 'none', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: ignore }), {
      code: 'E_CONFIG',
      message: /AWS_PROFILE \(environment\): there is no profile none in \S+config or \S+credentials$/,
    });
  }
});

test('options and variables precede the profile, and AWS’s switch leaves only ours', async (t) => {
  const ask = await asker(t);
  assert.equal((await ask({ AWS_ENDPOINT_URL: 'http://variable:1' })).endpoint, 'http://variable:1');
  assert.equal((await ask({}, { s3Endpoint: 'http://flag:1' })).endpoint, 'http://flag:1');
  const ignore = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true', AWS_ENDPOINT_URL_S3: 'http://variable:1' };
  assert.equal((await ask(ignore)).endpoint, null);
  assert.equal((await ask({ ...ignore, VERGER_S3_ENDPOINT: 'http://ours:1' })).endpoint, 'http://ours:1');
});

test('a profile with a wrong endpoint, or missing services, is a configuration fault', async (t) => {
  const ask = await asker(t);
  await assert.rejects(ask({ AWS_PROFILE: 'bad' }), {
    code: 'E_CONFIG',
    message: /endpoint_url \(AWS profile\)/,
  });
  await assert.rejects(ask({ AWS_PROFILE: 'lost' }), { code: 'E_CONFIG', message: /services nowhere/ });
});
