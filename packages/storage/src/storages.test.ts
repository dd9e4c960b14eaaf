import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { createStorages } from './storages.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

function counted(fault?: VergerError) {
  let asked = 0;
  const storages = createStorages(async () => {
    asked += 1;
    if (fault !== undefined) throw fault;
    return { endpoint: 'http://127.0.0.1:9', pathStyle: true, region: 'us-east-1' };
  });
  return { storages, asked: () => asked };
}

test('S3 is prepared where a place may be there, once', async () => {
  const { storages, asked } = counted();
  await storages.prepare(['/results', '/photos']);
  assert.equal(asked(), 0);
  await storages.prepare(['/results', 's3://photos']);
  assert.equal(asked(), 1);
  await storages.prepare([]);
  assert.equal(asked(), 1);
  await storages.close();
});

test('settings that are wrong are told by the first use, not while it is prepared', async () => {
  const { storages } = counted(new VergerError('E_USAGE'));
  await storages.prepare([]);
  await assert.rejects(storages.open('s3://photos').read('a'), { code: 'E_USAGE' });
  await storages.close();
});
