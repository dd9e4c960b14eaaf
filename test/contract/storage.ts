import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Storage, VergerError } from '@verger/core';
import { bytesOf, type Fact, keysOf } from './storage-facts.ts';
import { listingFacts, readingFacts } from './storage-reading.ts';
import { racingFacts, writingFacts } from './storage-writing.ts';

/** An empty storage to test, and how to get rid of it. */
export interface StorageUnderTest {
  readonly storage: Storage;
  readonly dispose: () => Promise<void>;
}

/** What every `Storage` must do. `create` gives a new empty one each time. */
export function storageContract(name: string, create: () => Promise<StorageUnderTest>): void {
  const fact = (title: string, body: (storage: Storage) => Promise<void>) =>
    test(title, async () => {
      const { storage, dispose } = await create();
      try {
        await body(storage);
      } finally {
        await dispose();
      }
    });
  describe(`storage contract: ${name}`, () => {
    listingFacts(fact);
    readingFacts(fact);
    writingFacts(fact);
    racingFacts(fact);
    keyFacts(fact);
  });
}

function keyFacts(fact: Fact): void {
  const bad = [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../x',
    'a/../b',
    'a/./b',
    'a/..',
    'n\0l',
    '\ud800.jpg',
  ];
  for (const key of bad) {
    fact(`the key ${JSON.stringify(key)} is refused everywhere`, async (storage) => {
      const refused = (error: unknown) => error instanceof VergerError && error.code === 'E_STORAGE_KEY';
      await assert.rejects(storage.read(key), refused);
      await assert.rejects(storage.create(key, bytesOf('x')), refused);
      await assert.rejects(storage.replace(key, bytesOf('x')), refused);
      await assert.rejects(storage.remove(key), refused);
    });
  }

  fact('a prefix does not lead out of the storage', async (storage) => {
    await storage.create('a', bytesOf('x'));
    for (const prefix of ['../', '/', 'a/../', './']) {
      await assert.rejects(keysOf(storage, { prefix }), { code: 'E_STORAGE_KEY' });
    }
  });
}
