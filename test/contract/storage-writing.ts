import assert from 'node:assert/strict';
import { bytesOf, entriesOf, type Fact, keysOf, streamed, textRead } from './storage-facts.ts';

/** Create-only, replace, remove. */
export function writingFacts(fact: Fact): void {
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

/** Many writers, and readers beside them. */
export function racingFacts(fact: Fact): void {
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
