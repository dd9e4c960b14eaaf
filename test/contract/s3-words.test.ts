import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ERRORS,
  type ErrorCode,
  type Failure,
  formatError,
  type ImageErrorCode,
  type Quarantined,
  type Storage,
  VergerError,
} from '@verger/core';
import { readListing } from '@verger/run';
import { backOffMs, extractImages, newPartition, rowsOf, stageContext } from '@verger/stages';
import { createStorages, type S3Tuning, type Storages } from '@verger/storage';
import { examine, faultsOf, testServices } from '@verger/testkit/examined';
import { fakeChildren } from '@verger/testkit/fake-children';
import { type FakeS3, type Fault, startFakeS3 } from '@verger/testkit/fake-s3';
import {
  bytesOf,
  goodImages,
  jsonOf,
  keysOf,
  runIn,
  type TestRun,
  testRun,
} from '@verger/testkit/run-harness';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { audit } from '../faults/audited.ts';
import { bytesOf as textBytes } from './storage-facts.ts';

Object.assign(process.env, TEST_ENV);

const QUICK: Partial<S3Tuning> = { budgetMs: 5, unreachableMs: 5, backoffMs: 1, longestBackoffMs: 1 };
const BUCKET = 'words';

interface Row {
  readonly status: number;
  readonly word: string;
  readonly sentence: string;
  /** Of one image: its code in quarantine. An `E_S3_…` ends the run at the first. */
  readonly one: ErrorCode;
  /** What a run ends with of whose images most have it. */
  readonly most: ErrorCode;
  readonly listing: ErrorCode;
  readonly put: ErrorCode;
}

const row = (
  [status, word]: readonly [number, string],
  sentence: string,
  [one, most, listing = most, put = listing]: readonly ErrorCode[],
): Row => ({ status, word, sentence, one: one!, most: most!, listing: listing!, put: put! });

const archived = ['E_IMG_ARCHIVED', 'E_S3_ARCHIVED'] as const;
const encrypted = ['E_IMG_ENCRYPTED', 'E_S3_ENCRYPTED'] as const;
const forbidden = ['E_IMG_FORBIDDEN', 'E_S3_FORBIDDEN'] as const;
const account = ['E_IMG_FORBIDDEN', 'E_S3_ACCOUNT'] as const;
const refused = ['E_IMG_REFUSED', 'E_S3_REFUSED'] as const;
const full = [...refused, 'E_S3_REFUSED', 'E_OUTPUT_FULL'] as const;
const heals = ['E_IMG_READ', 'E_INPUT_UNREADABLE', 'E_STORAGE'] as const;
const ends = (code: ErrorCode) => [code, code] as const;

/** Documented answers of S3 and of its likes, with what they are to a user of verger. */
const ROWS: readonly Row[] = [
  row([403, 'InvalidObjectState'], "The operation is not valid for the object's storage class", archived),
  row([403, 'ObjectNotInActiveTierError'], 'The source object is not in the active tier', archived),
  row([400, 'KMS.DisabledException'], 'The key is disabled.', encrypted),
  row([400, 'KMS.NotFoundException'], 'Invalid keyId', encrypted),
  row([400, 'KMS.KMSInvalidStateException'], 'The key is pending deletion.', encrypted),
  row([400, 'KMSNotConfigured'], 'Server side encryption specified but KMS is not configured', encrypted),
  row([403, 'AccessDenied'], 'User x is not authorized to perform: kms:Decrypt on this resource', encrypted),
  row([400, 'InvalidRequest'], 'The object was stored using a form of Server Side Encryption.', encrypted),
  row([400, 'InvalidArgument'], 'Customer provided keys must be sent over a secure connection.', encrypted),
  row([403, 'AccessDenied'], 'Access Denied', forbidden),
  row([403, 'AccessForbidden'], 'CORS forbids it', forbidden),
  row([403, 'AllAccessDisabled'], 'All access to this resource has been disabled.', account),
  row([403, 'AccountProblem'], 'There is a problem with your account.', account),
  row([403, 'InvalidPayer'], 'All access to this object has been disabled.', account),
  row([403, 'NotSignedUp'], 'Your account is not signed up.', account),
  row([403, 'UserSuspended'], 'The user is suspended.', account),
  row([400, 'InvalidRequest'], 'Missing required header for this request.', refused),
  row([400, 'InvalidArgument'], 'Argument must be an integer.', refused),
  row([400, 'EntityTooLarge'], 'Your proposed upload exceeds the maximum allowed size', refused),
  row([400, 'InvalidStorageClass'], 'The storage class you specified is not valid', refused),
  row([400, 'InvalidDigest'], 'The Content-MD5 you specified is not valid', refused),
  row([400, 'MalformedXML'], 'The XML you provided was not well-formed', refused),
  row([405, 'MethodNotAllowed'], 'The specified method is not allowed against this resource.', refused),
  row([409, 'InvalidBucketState'], 'The request is not valid for the current state', refused),
  row([411, 'MissingContentLength'], 'You must provide the Content-Length HTTP header.', refused),
  row([416, 'InvalidRange'], 'The requested range is not satisfiable', refused),
  row([501, 'NotImplemented'], 'A header you provided implies functionality that is not there.', [
    ...refused,
    'E_S3_REFUSED',
    'E_STORAGE_CONDITIONAL',
  ]),
  row([400, 'RequestTimeout'], 'Your socket connection was not read from or written to.', heals),
  row([400, 'IncompleteBody'], 'You did not provide the number of bytes.', heals),
  row([409, 'OperationAborted'], 'A conflicting operation is in progress.', heals),
  row([500, 'InternalError'], 'We encountered an internal error. Please try again.', heals),
  row([503, 'ServiceUnavailable'], 'Service is unable to handle request.', heals),
  row([503, 'SlowDown'], 'Please reduce your request rate.', heals),
  row([429, 'TooManyRequests'], 'Too many requests.', heals),
  row([503, 'XMinioServerNotInitialized'], 'Server not initialized, please try again.', heals),
  row([403, 'InvalidAccessKeyId'], 'The access key does not exist.', ends('E_S3_CREDENTIALS')),
  row([403, 'SignatureDoesNotMatch'], 'The signature does not match.', ends('E_S3_CREDENTIALS')),
  row([403, 'InvalidSecurity'], 'The credentials are not valid.', ends('E_S3_CREDENTIALS')),
  row([400, 'AuthorizationHeaderMalformed'], 'The header is invalid.', ends('E_S3_CREDENTIALS')),
  row([400, 'ExpiredToken'], 'The provided token has expired.', ends('E_S3_EXPIRED')),
  row([400, 'InvalidToken'], 'The token is malformed.', ends('E_S3_EXPIRED')),
  row([403, 'RequestTimeTooSkewed'], 'The difference between the times is too large.', ends('E_S3_CLOCK')),
  row([404, 'NoSuchBucket'], 'The specified bucket does not exist', ends('E_S3_BUCKET')),
  row([400, 'InvalidBucketName'], 'The specified bucket is not valid.', ends('E_S3_BUCKET')),
  row([301, 'PermanentRedirect'], 'Use the specified endpoint.', ends('E_S3_REGION')),
  row([400, 'IllegalLocationConstraintException'], 'The constraint is incompatible.', ends('E_S3_REGION')),
  row([403, 'QuotaExceeded'], 'The quota is used up.', full),
  row([507, 'XMinioStorageFull'], 'Storage backend has reached its minimum.', full),
];

/** What a record must not hold, and a person need not see. */
const IDS = '<RequestId>4442587FB7D0A2F9</RequestId><HostId>vQm4VC9b</HostId>';

let fake: FakeS3;
let storages: Storages;
let store: Storage;
let run: TestRun;
let folder: string;

const faultOf = ({ status, word, sentence }: Row): Fault => {
  return { kind: 'answer', status, code: word, message: sentence, xml: IDS };
};

/** The images of a run, of which some are in S3. */
function partlyInS3(run: TestRun, isThere: (path: string) => boolean): Storage {
  const read: Storage['read'] = async (key, options) =>
    await (isThere(key) ? store : run.images).read(key, options);
  return { ...run.images, read };
}

function saysIt(error: unknown, { status, word, sentence }: Row, code: ErrorCode): void {
  assert.ok(error instanceof VergerError, String(error));
  assert.equal(error.code, code, error.message);
  const text = formatError(error);
  assert.ok(text.includes(`S3 answered ${status} ${word} to `), text);
  assert.ok(text.includes(sentence), text);
  assert.ok(text.includes(`${code}: ${ERRORS[code].what}`), text);
  assert.ok(text.includes(`next:  ${ERRORS[code].next}`), text);
  assert.doesNotMatch(text, /4442587FB7D0A2F9|vQm4VC9b/);
}

/** One attempt at the images of the partition, of which some are in S3. Nothing is written. */
async function attempt(run: TestRun, isThere: (path: string) => boolean, last: boolean) {
  const images = partlyInS3(run, isThere);
  const own = { run: { ...run, images, epoch: 1 }, signal: new AbortController().signal, emit: () => {} };
  const ctx = stageContext(testServices(), own);
  const listing = await readListing(own.run, 0);
  const work = { ...newPartition(), partition: 0, listing, last };
  await extractImages(ctx, work);
  return rowsOf(listing, work.outcomes).quarantined;
}

const isOne = (path: string) => path === 'b/03.jpg';
const areMost = (path: string) => path.startsWith('a/');

async function checkOne(run: TestRun, of: Row): Promise<void> {
  const first = await attempt(run, isOne, false).catch((error: unknown) => error);
  assert.ok(first instanceof VergerError, String(first));
  saysIt(first, of, of.one);
  // What is tried again is tried again soon where only people can help.
  assert.equal(backOffMs(of.one, 3) > 1000, of.one === 'E_IMG_READ');
  if (!of.one.startsWith('E_IMG_')) return;
  assert.equal(first.place.path, 'b/03.jpg');
  const [record, ...more] = await attempt(run, isOne, true);
  const code = of.one as ImageErrorCode;
  const reason = ERRORS[code].what;
  const storeCode = of.word.replace('.', '');
  const { path = '', label, bytes } = { ...record };
  const wanted = { path: 'b/03.jpg', label, code, reason, bytes, environmental: true, storeCode };
  assert.deepEqual([record, more, path], [wanted, [], 'b/03.jpg']);
}

async function checkMost(run: TestRun, of: Row): Promise<void> {
  const error = await attempt(run, areMost, true).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof VergerError, String(error));
  saysIt(error, of, of.most);
  if (!of.one.startsWith('E_IMG_')) return;
  assert.match(error.message, /3 of the 5 images of the partition cannot be read\. S3 answered/);
  assert.equal(error.place.path, 'a/00.jpg', 'one of them as an example');
}

describe('S3 storage: every word that S3 has for a refusal', () => {
  before(async () => {
    fake = await startFakeS3({ buckets: [BUCKET] });
    storages = createStorages(async () => fake.options, { tuning: QUICK });
    store = storages.open(`s3://${BUCKET}/images`);
    folder = await mkdtemp(join(tmpdir(), 'verger-words-'));
    run = await runIn(folder, goodImages(5));
  });
  after(async () => {
    await storages.close();
    await fake.stop();
    await rm(folder, { recursive: true });
  });

  for (const of of ROWS) {
    const name = `${of.status} ${of.word} (${of.sentence})`;
    test(`${name}: of one image ${of.one}, of most ${of.most}`, async () => {
      fake.plan(({ key }) => (key === '' ? undefined : faultOf(of)));
      await checkOne(run, of);
      await checkMost(run, of);
    });
    test(`${name}: of the listing ${of.listing}, of a put ${of.put}`, async () => {
      fake.plan(() => faultOf(of));
      await assert.rejects(keysOf(store), (error) => saysIt(error, of, of.listing) ?? true);
      await assert.rejects(store.create('x', textBytes('x')), (error) => saysIt(error, of, of.put) ?? true);
    });
  }

  test('what is not tried again is asked once, whatever the call', async () => {
    const stays = ROWS.filter(({ one }) => !['E_IMG_READ', 'E_S3_EXPIRED', 'E_S3_CLOCK'].includes(one));
    for (const of of stays) {
      fake.plan(({ key }) => (key === '' ? undefined : faultOf(of)));
      const before = fake.requests.filter(({ key }) => key !== '').length;
      await store.read('x').catch(() => undefined);
      await store.create('x', textBytes('x')).catch(() => undefined);
      const asked = fake.requests.filter(({ key }) => key !== '').length - before;
      assert.equal(asked, 2, `${of.status} ${of.word}`);
    }
  });

  test('a run with every store code is whole to auditor and verify, without sentence or id', async (t) => {
    const own = ROWS.filter(({ one }) => one.startsWith('E_IMG_'));
    const all = await testRun(t, goodImages(own.length * 2 + 2));
    // Every second one: half of a partition is not most.
    const rowOf = (path: string) => own[Number(/(\d+)\.jpg$/.exec(path)?.[1]) / 2];
    fake.plan(({ key }) => {
      const of = rowOf(key);
      return of === undefined ? undefined : faultOf(of);
    });
    const images = partlyInS3(all, (path) => rowOf(path) !== undefined);
    const children = fakeChildren({ wide: true });
    const { error, verdict } = await all.execute({ images, children, finish: { maxBad: 1 } });
    assert.equal(verdict, 'ok', String(error));
    const quarantine = Buffer.from(await bytesOf(all.store, 'quarantine.jsonl')).toString('utf8');
    const words = quarantine
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Quarantined).storeCode);
    assert.deepEqual(
      words,
      own.map(({ word }) => word.replace('.', '')),
    );
    const promised = [
      quarantine,
      Buffer.from(await bytesOf(all.store, 'features/part-00000.parquet')).toString('latin1'),
    ];
    for (const { sentence } of own)
      for (const text of promised) assert.ok(!text.includes(sentence), sentence);
    for (const text of promised) assert.doesNotMatch(text, /4442587FB7D0A2F9|vQm4VC9b/);
    const failures = await Promise.all(
      (await keysOf(all.store, 'failures/')).map((file) => jsonOf<Failure>(all.store, file)),
    );
    assert.equal(failures.length % 3, 0);
    for (const { code, reason, next } of failures.filter(({ partition }) => partition === 0)) {
      assert.deepEqual([code, next], ['E_IMG_ARCHIVED', ERRORS.E_IMG_ARCHIVED.next]);
      assert.match(reason, /S3 answered 403 InvalidObjectState to GetObject: The operation is not valid/);
    }
    assert.deepEqual(faultsOf(await examine(all, children)), []);
    await audit(all.folder, { unfinishedOk: false });
  });
});
