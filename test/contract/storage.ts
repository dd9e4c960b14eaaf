import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ListOptions, type ReadResult, type Storage, type StoredEntry, VergerError } from '@verger/core';

/** An empty storage to test, and how to get rid of it. */
export interface StorageUnderTest {
  readonly storage: Storage;
  readonly dispose: () => Promise<void>;
}

/** Keys in the byte order that every adapter must list them in; many are hard to carry. */
const HARD_KEYS: readonly string[] = [
  ' leading space.jpg',
  '"quoted".jpg',
  '#hash%20.jpg',
  '$(touch pwned).jpg',
  '%2e%2e.jpg',
  "'single'.jpg",
  '*?[x].jpg',
  '-rf',
  '--glob=x.jpg',
  'CON.jpg',
  'a b/x.jpg',
  'a&b=c+d.jpg',
  'a,b;c.jpg',
  'a-b',
  'a.b/c.jpg',
  'a/x',
  'a/x/y.jpg',
  'a0',
  'aa/x',
  'back\\slash\\xff.jpg',
  'cafe\u0301.jpg',
  'caf\u00e9.jpg',
  'new\nline\r\n.jpg',
  'tab\t.jpg',
  'trailing space ',
  'z'.repeat(200),
  '\u00e9/x.jpg',
  '\u65e5\u672c/\u8a9e.jpg',
  '\uffee.jpg',
  '\u{1f34e}.jpg',
  '\u{1f34e}/\u{1f34f}.jpg',
];

const byteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function entriesOf(storage: Storage, options?: ListOptions): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of storage.list(options)) entries.push(entry);
  return entries;
}

async function keysOf(storage: Storage, options?: ListOptions): Promise<string[]> {
  return (await entriesOf(storage, options)).map((entry) => entry.key);
}

function textRead(result: ReadResult): string {
  assert.equal(result.status, 'read');
  return result.status === 'read' ? new TextDecoder().decode(result.bytes) : '';
}

async function* streamed(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield bytesOf(chunk);
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

type Fact = (title: string, body: (storage: Storage) => Promise<void>) => void;

function listingFacts(fact: Fact): void {
  fact('lists keys in byte order, folders as name/', async (storage) => {
    const keys = HARD_KEYS.filter((key) => key !== 'a/x').toSorted(byteOrder);
    for (const key of keys.toReversed()) await storage.create(key, bytesOf(key));
    assert.deepEqual(await keysOf(storage), keys);
  });

  fact('every hard key gives back its own bytes, size and version', async (storage) => {
    const keys = HARD_KEYS.filter((key) => key !== 'a/x');
    for (const key of keys) assert.equal(await storage.create(key, bytesOf(`<${key}>`)), 'created');
    const listed = new Map((await entriesOf(storage)).map((entry) => [entry.key, entry]));
    for (const key of keys) {
      const result = await storage.read(key);
      assert.equal(textRead(result), `<${key}>`);
      const entry = listed.get(key);
      assert.equal(entry?.bytes, bytesOf(`<${key}>`).length);
      assert.equal(result.status === 'read' ? result.version : '', entry?.version);
      assert.equal(entry?.refused, undefined);
    }
  });

  fact('a prefix gives the keys that start so, in a folder or in the middle of a name', async (storage) => {
    for (const key of ['a/x', 'a/yy', 'a/y/1', 'a-b', 'ab', 'b/a/x']) await storage.create(key, bytesOf(''));
    assert.deepEqual(await keysOf(storage, { prefix: 'a/' }), ['a/x', 'a/y/1', 'a/yy']);
    assert.deepEqual(await keysOf(storage, { prefix: 'a/y' }), ['a/y/1', 'a/yy']);
    assert.deepEqual(await keysOf(storage, { prefix: 'a' }), ['a-b', 'a/x', 'a/y/1', 'a/yy', 'ab']);
    assert.deepEqual(await keysOf(storage, { prefix: 'a/y/1' }), ['a/y/1']);
    assert.deepEqual(await keysOf(storage, { prefix: 'none/' }), []);
    assert.deepEqual(await keysOf(storage, { prefix: 'a/x/' }), []);
  });

  fact('a shallow list gives direct children, folders once and with a slash', async (storage) => {
    for (const key of ['a/x', 'a/y', 'a-b', 'b/c/d', 'b/c/e']) await storage.create(key, bytesOf('12'));
    assert.deepEqual(await keysOf(storage, { shallow: true }), ['a-b', 'a/', 'b/']);
    assert.deepEqual(await keysOf(storage, { shallow: true, prefix: 'b/' }), ['b/c/']);
    assert.deepEqual(await keysOf(storage, { shallow: true, prefix: 'a/x' }), ['a/x']);
    assert.deepEqual(await keysOf(storage, { shallow: true, prefix: 'b' }), ['b/']);
  });

  fact('a list that is left early ends', async (storage) => {
    for (let index = 0; index < 30; index += 1) await storage.create(`f/${index}`, bytesOf('x'));
    const seen: string[] = [];
    for await (const { key } of storage.list()) {
      seen.push(key);
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, ['f/0', 'f/1']);
  });
}

function readingFacts(fact: Fact): void {
  fact('what is not there is missing, also below a file', async (storage) => {
    await storage.create('file', bytesOf('x'));
    assert.deepEqual(await storage.read('other'), { status: 'missing' });
    assert.deepEqual(await storage.read('no/such/folder'), { status: 'missing' });
    assert.deepEqual(await storage.read('file/below'), { status: 'missing' });
  });

  fact('an empty object is read as no bytes', async (storage) => {
    await storage.create('empty', new Uint8Array(0));
    const result = await storage.read('empty');
    assert.equal(textRead(result), '');
    assert.equal(result.status === 'read' && result.totalBytes, 0);
  });

  fact('a range is half-open, and ends where the object does', async (storage) => {
    await storage.create('ten', bytesOf('0123456789'));
    for (const [start, end, text] of [
      [0, 4, '0123'],
      [4, 8, '4567'],
      [8, 99, '89'],
      [99, 100, ''],
    ] as const) {
      const part = await storage.read('ten', { range: { start, end } });
      assert.equal(textRead(part), text);
      assert.equal(part.status === 'read' && part.totalBytes, 10);
    }
  });

  fact('lastBytes gives the end, and all of a shorter object', async (storage) => {
    await storage.create('ten', bytesOf('0123456789'));
    const end = await storage.read('ten', { lastBytes: 3 });
    assert.equal(textRead(end), '789');
    assert.equal(end.status === 'read' && end.totalBytes, 10);
    assert.equal(textRead(await storage.read('ten', { lastBytes: 10 })), '0123456789');
    assert.equal(textRead(await storage.read('ten', { lastBytes: 99 })), '0123456789');
  });

  fact('maxBytes lets through exactly that many', async (storage) => {
    await storage.create('ten', bytesOf('0123456789'));
    assert.deepEqual(await storage.read('ten', { maxBytes: 9 }), { status: 'too-large', totalBytes: 10 });
    assert.equal(textRead(await storage.read('ten', { maxBytes: 10 })), '0123456789');
    assert.equal(textRead(await storage.read('ten', { maxBytes: 4, lastBytes: 4 })), '6789');
  });

  fact('a read whose signal is aborted throws the reason', async (storage) => {
    await storage.create('x', bytesOf('x'));
    const reason = new Error('enough');
    await assert.rejects(storage.read('x', { signal: AbortSignal.abort(reason) }), reason);
  });

  fact('several MiB come back to the last byte', async (storage) => {
    const bytes = Uint8Array.from({ length: 9 * 1024 * 1024 + 17 }, (_, index) => (index * 31) >> 3);
    await storage.create('large', bytes);
    const result = await storage.read('large');
    assert.ok(result.status === 'read' && Buffer.from(bytes).equals(result.bytes));
  });
}

function writingFacts(fact: Fact): void {
  fact('create keeps what is there', async (storage) => {
    assert.equal(await storage.create('a/k', bytesOf('first')), 'created');
    assert.equal(await storage.create('a/k', bytesOf('second')), 'exists');
    assert.equal(textRead(await storage.read('a/k')), 'first');
  });

  fact('a streamed body is stored whole', async (storage) => {
    assert.equal(await storage.create('s', streamed('one,', '', 'two,', 'three')), 'created');
    assert.equal(textRead(await storage.read('s')), 'one,two,three');
  });

  fact('a streamed body that breaks off leaves nothing and throws its own error', async (storage) => {
    const broken = new Error('the source broke');
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytesOf('half');
      throw broken;
    }
    await assert.rejects(storage.create('f/broken', body()), broken);
    assert.deepEqual(await storage.read('f/broken'), { status: 'missing' });
    assert.deepEqual(await keysOf(storage), []);
    assert.equal(await storage.create('f/broken', bytesOf('whole')), 'created');
  });

  fact('replace writes over, shorter or longer, and the list says so', async (storage) => {
    for (const text of ['old', 'newer', 'n']) {
      await storage.replace('r/k', bytesOf(text));
      const result = await storage.read('r/k');
      assert.equal(textRead(result), text);
      assert.deepEqual(await entriesOf(storage), [
        { key: 'r/k', bytes: text.length, version: result.status === 'read' ? result.version : '' },
      ]);
    }
  });

  fact('remove removes once and does not mind the second time', async (storage) => {
    await storage.create('a/k', bytesOf('x'));
    await storage.create('a/l', bytesOf('y'));
    await storage.remove('a/k');
    await storage.remove('a/k');
    await storage.remove('no/such/folder');
    assert.deepEqual(await storage.read('a/k'), { status: 'missing' });
    assert.deepEqual(await keysOf(storage), ['a/l']);
    assert.equal(await storage.create('a/k', bytesOf('again')), 'created');
  });
}

function racingFacts(fact: Fact): void {
  fact('of 20 racing creators one wins, and its bytes stand', async (storage) => {
    for (let round = 0; round < 5; round += 1) {
      const key = `race/${round}`;
      const bodies = Array.from({ length: 20 }, (_, racer) => `${racer}:`.repeat(2000 + racer));
      const outcomes = await Promise.all(
        bodies.map((body, racer) =>
          storage.create(key, racer % 2 === 0 ? bytesOf(body) : streamed(...body.match(/.{1,999}/g)!)),
        ),
      );
      const winners = outcomes.flatMap((outcome, racer) => (outcome === 'created' ? [racer] : []));
      assert.equal(winners.length, 1);
      assert.equal(textRead(await storage.read(key)), bodies[winners[0] ?? -1]);
    }
    assert.equal((await keysOf(storage)).length, 5);
  });

  fact('a reader beside a replacing writer sees whole objects only', async (storage) => {
    const versions = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(50_000));
    await storage.replace('k', bytesOf(versions[0] ?? ''));
    const writing = (async () => {
      for (const version of versions) await storage.replace('k', bytesOf(version));
    })();
    const seen: string[] = [];
    for (let count = 0; count < 40; count += 1) seen.push(textRead(await storage.read('k')));
    await writing;
    assert.deepEqual(
      seen.filter((text) => !versions.includes(text)),
      [],
    );
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
