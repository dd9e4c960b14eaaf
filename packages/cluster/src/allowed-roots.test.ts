import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAllowed, isAllowed } from './allowed-roots.ts';

test('a location below a root is allowed, its neighbour with the same beginning is not', () => {
  assert.ok(isAllowed('/data/out/run', ['/data/out']));
  assert.ok(isAllowed('s3://bucket/out/run', ['s3://bucket/out/']));
  assert.ok(isAllowed('/data/out', ['/data/out']));
  assert.ok(!isAllowed('/data/output/run', ['/data/out']));
  assert.ok(!isAllowed('s3://bucket-2/out/run', ['s3://bucket']));
});

test('a location that climbs is allowed nowhere', () => {
  assert.ok(!isAllowed('/data/out/../../etc', ['/data/out']));
  assert.ok(!isAllowed('/data/../etc', []));
});

test('no roots allow everything', () => {
  assert.ok(isAllowed('s3://any/where', []));
});

test('the error names the place and what is allowed', () => {
  assert.throws(() => checkAllowed('/etc/run', ['/data']), {
    code: 'E_LOCATION_DENIED',
    detail: 'Allowed are /data.',
  });
});
