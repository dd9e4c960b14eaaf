import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from './faults.ts';

const CALL = { operation: 'GetObject', region: 'us-east-1' };
const detailOf = (message: string, code: string) =>
  faultOf(Object.assign(new Error(message), { code }), {}, CALL).error.detail;

test('https:// to an endpoint without TLS is told as that, not in the words of OpenSSL', () => {
  const words = '80CC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:record.c:350:';
  assert.equal(detailOf(words, 'EPROTO'), 'The endpoint does not use TLS: its URL must start with http://.');
});

test('a certificate of a private CA is told with the variable that makes it known', () => {
  const detail = detailOf('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT');
  assert.equal(
    detail,
    'self-signed certificate; for a private CA, set NODE_EXTRA_CA_CERTS to its certificate',
  );
});
