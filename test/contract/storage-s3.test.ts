import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { createStorages, type Storages } from '@verger/storage';
import { type FakeS3, startFakeS3 } from '@verger/testkit/fake-s3';
import { type S3Server, s3Suite, startS3Server, TEST_ENV } from '@verger/testkit/s3-server';
import { storageContract } from './storage.ts';

Object.assign(process.env, TEST_ENV);

const BUCKET = 'contract';
const somewhere = () => `s3://${BUCKET}/${randomBytes(6).toString('hex')}`;

s3Suite('S3 (versitygw)', () => {
  let server: S3Server;
  let storages: Storages;
  before(async () => {
    server = await startS3Server();
    await server.makeBucket(BUCKET);
    storages = createStorages(async () => server.options);
  });
  after(async () => {
    await storages.close();
    await server.stop();
  });
  storageContract('S3 (versitygw)', async () => ({
    storage: storages.open(somewhere()),
    dispose: async () => undefined,
  }));
});

let fake: FakeS3;
let storages: Storages;
before(async () => {
  fake = await startFakeS3({ buckets: [BUCKET], pageKeys: 7 });
  storages = createStorages(async () => fake.options);
});
after(async () => {
  await storages.close();
  await fake.stop();
});
storageContract('S3 (in-process fake, pages of 7 keys)', async () => ({
  storage: storages.open(somewhere()),
  dispose: async () => undefined,
}));
