/** The evaluator against examples of AWS's own documentation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applies, type IamRequest, matches, type Statement, verdictOf } from './evaluate.ts';

const put = (key: string, context: Record<string, string> = {}): IamRequest => ({
  ...{ action: 's3:PutObject', resource: `arn:aws:s3:::results/${key}`, context },
});
const allowAll: Statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };

test('patterns: * is any text with slashes, ? one character, the rest is itself', () => {
  assert.ok(matches('arn:aws:s3:::results/*', 'arn:aws:s3:::results/a/b.json'));
  assert.ok(!matches('arn:aws:s3:::results/*', 'arn:aws:s3:::results'));
  assert.ok(!matches('arn:aws:s3:::results/*', 'arn:aws:s3:::results-old/a'));
  assert.ok(matches('a?c', 'abc') && !matches('a?c', 'ac'));
  assert.ok(!matches('a.c', 'abc') && matches('(a+)', '(a+)'));
  assert.ok(matches('S3:get*', 's3:GetObject', true) && !matches('S3:get*', 's3:GetObject'));
});

test('nothing is allowed by default, and a Deny wins over any Allow, in any order', () => {
  const deny: Statement = { Effect: 'Deny', Action: 's3:Put*', Resource: 'arn:aws:s3:::results/a' };
  assert.equal(verdictOf([], put('a')), 'not allowed');
  assert.equal(verdictOf([allowAll], put('a')), 'allowed');
  assert.equal(verdictOf([allowAll, deny], put('a')), 'denied');
  assert.equal(verdictOf([deny, allowAll], put('a')), 'denied');
  assert.equal(verdictOf([deny, allowAll], put('b')), 'allowed');
});

test('NotAction and NotResource are about all others', () => {
  const notGet: Statement = { Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' };
  assert.ok(applies(notGet, put('a')));
  assert.ok(!applies(notGet, { ...put('a'), action: 's3:GetObject' }));
  const elsewhere: Statement = { Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::results/*' };
  assert.ok(!applies(elsewhere, put('a')));
  assert.ok(applies(elsewhere, { ...put('a'), resource: 'arn:aws:s3:::other/a' }));
  assert.ok(!applies({ Effect: 'Allow', Action: 's3:*' }, put('a')), 'a statement without a resource');
});

test('conditions: all must hold, any value of a key is enough, and a missing key fails but for Null', () => {
  const when = (Condition: NonNullable<Statement['Condition']>, context: Record<string, string>) =>
    applies({ ...allowAll, Condition }, put('a', context));
  assert.ok(when({ StringEquals: { k: ['a', 'b'] } }, { k: 'b' }));
  assert.ok(!when({ StringEquals: { k: 'a' } }, {}));
  assert.ok(!when({ StringEquals: { k: 'a' }, Bool: { t: 'true' } }, { k: 'a', t: 'false' }));
  assert.ok(when({ StringLike: { k: 'run/*' } }, { k: 'run/x' }));
  assert.ok(when({ Null: { k: 'true' } }, {}) && !when({ Null: { k: 'true' } }, { k: '*' }));
  assert.ok(when({ Null: { k: 'false' } }, { k: '*' }) && !when({ Null: { k: 'false' } }, {}));
  assert.ok(when({ StringNotEquals: { k: 'a' } }, {}) && !when({ StringNotEquals: { k: 'a' } }, { k: 'a' }));
  assert.ok(when({ StringNotLike: { k: 'a*' } }, { k: 'b' }));
  assert.ok(when({ BoolIfExists: { k: true } }, {}) && !when({ BoolIfExists: { k: true } }, { k: 'false' }));
  assert.ok(
    when({ NumericLessThan: { k: 1.2 } }, { k: '1.1' }) && !when({ NumericLessThan: { k: 1.2 } }, {}),
  );
  assert.throws(() => when({ IpAddress: { k: '10.0.0.0/8' } }, { k: '10.0.0.1' }), /no condition operator/);
});

test("a resource's policy denies to everybody, and allows nobody here", () => {
  const tls: Statement = {
    ...{ Effect: 'Deny', Action: 's3:*', Resource: '*', Principal: { AWS: '*' } },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  assert.equal(verdictOf([allowAll, tls], put('a', { 'aws:SecureTransport': 'false' })), 'denied');
  assert.equal(verdictOf([allowAll, tls], put('a', { 'aws:SecureTransport': 'true' })), 'allowed');
  assert.equal(verdictOf([{ ...allowAll, Principal: '*' }], put('a')), 'not allowed');
});
