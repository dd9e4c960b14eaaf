/** The options: defaults, both ways of writing them, and all faults at once. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { FAMILIES, VCPUS } from '../src/families.ts';
import { contextOf, fields, OptionsError, readOptions } from '../src/options.ts';
import { ROOT } from '../src/user-data.ts';

test('a bucket of images is all that must be said', () => {
  const { inputBucket, region, family, sizes, maxVcpus, onDemandPercent, tls, versioning } = readOptions({
    inputBucket: 'photos',
  });
  assert.deepEqual([inputBucket, region, family], ['photos', 'eu-west-1', 'c7a']);
  assert.deepEqual(sizes, ['large', 'xlarge', '2xlarge']);
  assert.deepEqual([maxVcpus, onDemandPercent, tls, versioning], [32, 0, false, false]);
});

test('the words of the command line and the values of a file mean the same', () => {
  const words = {
    inputBucket: 'p-1',
    maxVcpus: '64',
    tls: 'true',
    sizes: 'large, 4xlarge',
    versioning: 'false',
  };
  const values = {
    inputBucket: 'p-1',
    maxVcpus: 64,
    tls: true,
    sizes: ['large', '4xlarge'],
    versioning: false,
  };
  assert.deepEqual(readOptions(words), readOptions(values));
});

test('all faults are said at once, each with what would be right', () => {
  const faulty = {
    name: 'Verger!',
    region: 'Ireland',
    inputBucket: 's3://photos/x',
    family: 'c5',
    sizes: 'large,huge',
    maxVcpus: 'many',
    onDemandPercent: '101',
    zones: 0,
    controlType: 'small',
    tls: 'yes',
    logDays: '31',
    budgetEmail: 'me',
    maxVcpu: '4',
  };
  assert.throws(
    () => readOptions(faulty),
    (error: Error) => {
      assert.ok(error instanceof OptionsError);
      for (const key of Object.keys(faulty)) assert.match(error.message, new RegExp(`\\b${key}\\b`), key);
      assert.match(error.message, /c7a/);
      assert.match(error.message, /without s3:\/\//);
      assert.match(error.message, /maxVcpus: must be a whole number of 2\.\.10000/);
      return true;
    },
  );
  assert.throws(() => readOptions({}), /inputBucket: must be given/);
});

test('what the CDK keeps in the context is no option', () => {
  const context = {
    inputBucket: 'photos',
    'aws:cdk:enable-path-metadata': true,
    '@aws-cdk/core:x': 1,
    'acknowledged-issue-numbers': [1],
    'availability-zones:account=1:region=x': ['a'],
  };
  assert.deepEqual(contextOf(new App({ context })), { inputBucket: 'photos' });
});

test('a group that may have no instance of its sizes is refused', () => {
  assert.throws(() => readOptions({ inputBucket: 'photos', sizes: '4xlarge', maxVcpus: 8 }), /maxVcpus/);
  assert.equal(readOptions({ inputBucket: 'photos', sizes: '4xlarge', maxVcpus: 16 }).maxVcpus, 16);
});

test('weights are vCPUs, and every family names a control box of its architecture', () => {
  assert.deepEqual(Object.values(VCPUS), [2, 4, 8, 16, 32]);
  for (const [name, { arm, controlType }] of Object.entries(FAMILIES)) {
    assert.equal(arm, name.endsWith('g'), name);
    assert.equal(/^t4g\./.test(controlType), arm, name);
  }
});

test('the page of the stack lists every option with its default', () => {
  const page = readFileSync(join(ROOT, 'infra/aws/README.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (?:`([^`]*)`)?/gm)].map(([, name, value]) => [name, value]);
  const defaults: Record<string, unknown> = { ...readOptions({ inputBucket: 'photos' }) };
  const expected = Object.keys(fields.shape).map((name) => {
    const value = name === 'inputBucket' ? undefined : defaults[name];
    return [name, value === undefined ? undefined : String(value)];
  });
  const without = rows.filter(([name]) => name !== 'controlType').sort();
  assert.deepEqual(without, expected.filter(([name]) => name !== 'controlType').sort());
  const types = Object.values(FAMILIES).map(({ controlType }) => controlType);
  assert.ok(types.every((type) => page.includes(type)));
});
