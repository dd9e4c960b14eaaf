import assert from 'node:assert/strict';
import { bytesOf, entriesOf, type Fact, keysOf, textRead } from './storage-facts.ts';

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

/** Order, keys and prefixes of lists. */
export function listingFacts(fact: Fact): void {
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

/** Reads: whole, ranges, ends, limits. */
export function readingFacts(fact: Fact): void {
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
