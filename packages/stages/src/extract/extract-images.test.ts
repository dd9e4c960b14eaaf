import assert from 'node:assert/strict';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Commit,
  ERRORS,
  type Failure,
  type ImageRef,
  type Quarantined,
  type ReadResult,
  type Storage,
} from '@verger/core';
import { PoolError } from '@verger/pool';
import { fakeChildren } from '@verger/testkit/fake-children';
import { faultyStorage, storageFault } from '@verger/testkit/faulty-storage';
import {
  bytesOf,
  type EpochOptions,
  goodImages,
  jsonOf,
  keysOf,
  type TestRun,
  testRun,
} from '@verger/testkit/run-harness';
import { MAX_ATTEMPTS } from '../retry-policy.ts';
import { cutBatches, rowsOf } from './extract-images.ts';

const GOOD = goodImages(5);
const VICTIM = 'b/03.jpg';
const MANY = { finish: { maxBad: 1 } };

/** The images storage with other answers for some paths. */
function answering(images: Storage, answer: (path: string) => ReadResult | undefined): Storage {
  return { ...images, read: async (key, options) => answer(key) ?? (await images.read(key, options)) };
}

async function quarantineOf(run: TestRun): Promise<Quarantined[]> {
  const text = Buffer.from(await bytesOf(run.store, 'quarantine.jsonl')).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Quarantined);
}

const failuresOf = async (run: TestRun): Promise<Failure[]> =>
  await Promise.all((await keysOf(run.store, 'failures/')).map((file) => jsonOf<Failure>(run.store, file)));

const SURROUNDINGS: readonly [
  string,
  Quarantined['code'],
  (run: TestRun) => Promise<EpochOptions | undefined>,
][] = [
  [
    'missing',
    'E_IMG_MISSING',
    async (run) => {
      await rm(join(run.imagesFolder, VICTIM));
      return undefined;
    },
  ],
  [
    'of another size',
    'E_IMG_CHANGED',
    async (run) => {
      await writeFile(join(run.imagesFolder, VICTIM), 'another image, and longer');
      return undefined;
    },
  ],
  [
    'of the same size and another time',
    'E_IMG_CHANGED',
    async (run) => {
      await utimes(join(run.imagesFolder, VICTIM), 1, 1);
      return undefined;
    },
  ],
  [
    'forbidden',
    'E_IMG_FORBIDDEN',
    async (run) => ({
      images: answering(run.images, (path) =>
        path === VICTIM ? { status: 'forbidden', reason: '403' } : undefined,
      ),
    }),
  ],
  [
    'not readable',
    'E_IMG_READ',
    async (run) => ({
      images: faultyStorage(run.images, {
        before: ({ key }) => {
          if (key === VICTIM) throw storageFault();
        },
      }),
    }),
  ],
];

for (const [how, code, disturb] of SURROUNDINGS) {
  test(`an image that is ${how} is tried ${MAX_ATTEMPTS} times, then quarantined; others once`, async (t) => {
    const run = await testRun(t, GOOD);
    const children = fakeChildren();
    const { verdict, pausesMs, events } = await run.execute({ ...MANY, children, ...(await disturb(run)) });
    assert.equal(verdict, 'ok');
    const [record, ...more] = await quarantineOf(run);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [record?.path, record?.code, record?.reason, record?.environmental],
      [VICTIM, code, ERRORS[code].what, true],
    );
    for (const [path, content] of Object.entries(GOOD)) {
      assert.equal(children.inferred(content), path === VICTIM ? 0 : 1, path);
    }
    assert.equal(pausesMs.length, MAX_ATTEMPTS - 1);
    const middles = code === 'E_IMG_READ' ? [1000, 5000, 25_000] : [100, 200, 400];
    assert.ok(pausesMs.every((ms, index) => ms >= middles[index]! / 2 && ms <= middles[index]! * 1.5));
    const failures = await failuresOf(run);
    assert.deepEqual(
      failures.map((failure) => [
        failure.kind,
        failure.attempt,
        failure.code,
        failure.path,
        failure.permanent,
      ]),
      [1, 2, 3].map((attempt) => ['extract', attempt, code, VICTIM, false]),
    );
    const words = { E_IMG_FORBIDDEN: /403/, E_IMG_READ: /The test says so/ } as Record<string, RegExp>;
    for (const { reason } of failures)
      assert.match(reason, words[code] ?? /./, 'what the system said is kept');
    assert.equal(events.filter(({ type }) => type === 'attempt:failed').length, MAX_ATTEMPTS - 1);
    // A pause of up to 37 s is told of.
    const told = events.flatMap((event) => (event.type === 'run:notice' ? [event.text] : []));
    const long = pausesMs.filter((ms) => ms >= 4000).length;
    assert.equal(told.length, long);
    const sentence =
      /^extract of partition 0 failed; retrying in \d+ s \(E_IMG_READ: .* The test says so\.\)$/;
    for (const text of told) assert.match(text, sentence);
    const commit = await jsonOf<Commit>(run.store, 'commits/part-00000.json');
    assert.deepEqual([commit.attempt, commit.extracted], [MAX_ATTEMPTS, 4]);
  });
}

test('an image that heals between attempts is extracted, not put in quarantine', async (t) => {
  const run = await testRun(t, GOOD);
  let left = 3;
  const images = faultyStorage(run.images, {
    before: ({ key }) => {
      if (key !== VICTIM || left === 0) return;
      left -= 1;
      throw storageFault();
    },
  });
  const { verdict, pausesMs } = await run.execute({ images });
  assert.equal(verdict, 'ok');
  assert.equal(pausesMs.length, 1, 'each attempt tries it twice, the second time alone');
  assert.deepEqual(await quarantineOf(run), []);
});

test('the images of a batch that kills its child are tried alone; only one is blamed', async (t) => {
  const files = { ...GOOD, [VICTIM]: 'CRASH' };
  const run = await testRun(t, files);
  const children = fakeChildren();
  const { verdict } = await run.execute({ ...MANY, children });
  assert.equal(verdict, 'ok');
  assert.deepEqual(
    (await quarantineOf(run)).map(({ path, code }) => [path, code]),
    [[VICTIM, 'E_IMG_CRASH']],
  );
  const victims = children.alone.filter((content) => content === 'CRASH');
  assert.equal(victims.length, MAX_ATTEMPTS);
  const tries = children.asked.filter((content) => content === 'CRASH').length;
  assert.equal(tries, MAX_ATTEMPTS + 1, 'once among others, then alone in each attempt');
  const others = children.alone.filter((content) => content !== 'CRASH');
  assert.deepEqual([...new Set(others)], others);
  for (const path of Object.keys(GOOD).filter((path) => path !== VICTIM)) {
    assert.equal(children.inferred(GOOD[path]!), 1);
  }
});

for (const [reason, code] of [
  ['cpu', 'E_IMG_TIMEOUT'],
  ['memory', 'E_IMG_MEMORY'],
] as const) {
  test(`an image that always breaks the limit of ${reason} is ${code}, and no other is`, async (t) => {
    const run = await testRun(t, { ...GOOD, [VICTIM]: 'GREEDY' });
    let deaths = 0;
    const children = fakeChildren({
      before: (request) => {
        if (request.kind !== 'images') return;
        if (!request.images.some((bytes) => Buffer.from(bytes).toString() === 'GREEDY')) return;
        deaths += 1;
        throw new PoolError(reason);
      },
    });
    assert.equal((await run.execute({ ...MANY, children })).verdict, 'ok');
    assert.equal(deaths, MAX_ATTEMPTS + 1, 'once among others, then alone in each attempt');
    assert.deepEqual(
      (await quarantineOf(run)).map(({ path, code, environmental }) => [path, code, environmental]),
      [[VICTIM, code, true]],
    );
  });
}

test('an image whose features are no numbers is E_IMG_FEATURES, at once', async (t) => {
  const run = await testRun(t, { ...GOOD, [VICTIM]: 'NAN' });
  const { pausesMs } = await run.execute(MANY);
  assert.deepEqual(pausesMs, []);
  assert.deepEqual(
    (await quarantineOf(run)).map(({ path, code }) => [path, code]),
    [[VICTIM, 'E_IMG_FEATURES']],
  );
});

test('when most images of a partition may not be read the job fails, and no image is blamed', async (t) => {
  const run = await testRun(t, GOOD);
  const images = answering(run.images, (path) =>
    path.startsWith('a/') ? { status: 'forbidden', reason: '403' } : undefined,
  );
  const { error, pausesMs } = await run.execute({ ...MANY, images });
  assert.equal(error?.code, 'E_INPUT_UNREADABLE');
  assert.match(error?.message ?? '', /3 of the 5 images/);
  assert.equal(pausesMs.length, MAX_ATTEMPTS - 1);
  assert.deepEqual(await keysOf(run.store, 'features/'), []);
});

test('when most images of a partition are unreadable the job fails, and no image is blamed', async (t) => {
  const run = await testRun(t, GOOD);
  const images = faultyStorage(run.images, {
    before: ({ key }) => {
      if (key.startsWith('a/')) throw storageFault();
    },
  });
  const { error } = await run.execute({ ...MANY, images });
  assert.equal(error?.code, 'E_INPUT_UNREADABLE');
  assert.deepEqual(await keysOf(run.store, 'features/'), []);
  assert.equal((await run.execute(MANY)).verdict, 'ok');
  assert.deepEqual(await quarantineOf(run), []);
});

test('half of them is not most', async (t) => {
  const run = await testRun(t, goodImages(4));
  const images = answering(run.images, (path) =>
    path.startsWith('a/') ? { status: 'forbidden', reason: '403' } : undefined,
  );
  assert.equal((await run.execute({ ...MANY, images })).verdict, 'ok');
  assert.equal((await quarantineOf(run)).length, 2);
});

test('an images root that goes away in the last attempt fails the job too', async (t) => {
  const run = await testRun(t, GOOD);
  let tries = 0;
  const images: Storage = {
    ...run.images,
    read: async (key, options) => {
      if (key !== VICTIM) return await run.images.read(key, options);
      tries += 1;
      // Twice an attempt: together, then alone.
      if (tries === MAX_ATTEMPTS * 2) await rm(run.imagesFolder, { recursive: true });
      return { status: 'missing' };
    },
  };
  const { error } = await run.execute({ ...MANY, images });
  assert.equal(error?.code, 'E_INPUT_MISSING');
  assert.deepEqual(await keysOf(run.store, 'features/'), []);
});

test('what is wrong with the bytes is not tried again', async (t) => {
  const run = await testRun(t, { ...GOOD, [VICTIM]: 'BAD:E_IMG_TRUNCATED' });
  const children = fakeChildren();
  const { pausesMs } = await run.execute({ ...MANY, children });
  assert.deepEqual(pausesMs, []);
  assert.equal(children.calls('images'), 1);
  assert.deepEqual(children.alone, []);
});

test('a child that dies of a partition costs an attempt, and blames no image', async (t) => {
  const run = await testRun(t, GOOD);
  let left = 1;
  const children = fakeChildren({
    before: ({ kind }) => {
      if (kind !== 'encode' || left === 0) return;
      left -= 1;
      throw new PoolError('memory');
    },
  });
  const { verdict, pausesMs } = await run.execute({ children });
  assert.equal(verdict, 'ok');
  assert.equal(pausesMs.length, 1);
  assert.equal((await failuresOf(run))[0]?.code, 'E_CHILD_DIED');
  for (const content of Object.values(GOOD)) assert.equal(children.inferred(content), 1);
});

test('what the first attempts of a partition took is not lost when the last one commits it', async (t) => {
  const run = await testRun(t, GOOD);
  let left = 1;
  let firstMs = Number.NaN;
  const children = fakeChildren({
    before: async ({ kind }) => {
      if (kind !== 'encode' || left === 0) return;
      left -= 1;
      const started = performance.now();
      while (performance.now() - started < 30); // work, not sleep: the clock is what is asked
      firstMs = performance.now() - started;
      throw new PoolError('crash');
    },
  });
  await run.execute({ children });
  const { timings } = await jsonOf<Commit>(run.store, 'commits/part-00000.json');
  assert.ok(timings.wallMs > firstMs, `${timings.wallMs} > ${firstMs}`);
  assert.ok(timings.readMs > 0, 'the images were read in the first attempt');
});

test('a mistake of ours is not tried again', async (t) => {
  const run = await testRun(t, GOOD);
  const children = fakeChildren({
    before: ({ kind }) => {
      if (kind === 'encode') throw new TypeError('x is not a function');
    },
  });
  const { error, pausesMs } = await run.execute({ children });
  assert.equal(error?.code, 'E_INTERNAL');
  assert.deepEqual(pausesMs, []);
});

const IMAGE: ImageRef = { path: 'x.jpg', label: 'x', bytes: 5, version: 'etag:1' };

test('rows and quarantine keep the order of the listing, and no image may lack its outcome', () => {
  const listing = ['a', 'b', 'c'].map((path) => ({ ...IMAGE, path }));
  const features = new Float32Array(1280).fill(2);
  const good = { ok: true, features } as const;
  const bad = { ok: false, code: 'E_IMG_DECODE' } as const;
  const rows = rowsOf(listing, [bad, good, bad]);
  assert.deepEqual(rows.paths, ['b']);
  assert.deepEqual(
    rows.quarantined.map(({ path }) => path),
    ['a', 'c'],
  );
  assert.deepEqual(rows.features, features);
  assert.throws(() => rowsOf(listing, [bad, good]), /no outcome for image 2/);
});

test('batches hold wanted images in order, few and small enough; a large one is alone', () => {
  const sizes = [1, 1, 1, 1, 1, 1, 1, 1, 1, 20_000_000, 5_000_000, 5_000_000, 3_000_000, 1];
  const listing = sizes.map((bytes, index) => ({ ...IMAGE, path: `${index}`, bytes }));
  assert.deepEqual(
    cutBatches(listing, (index) => index !== 2),
    [[0, 1, 3, 4, 5, 6, 7, 8], [9], [10], [11, 12, 13]],
  );
  assert.deepEqual(
    cutBatches(listing, () => false),
    [],
  );
});

test('an image that stops to kill its child is extracted once, while another goes on', async (t) => {
  const run = await testRun(t, { ...GOOD, [VICTIM]: 'LATER', 'a/02.jpg': 'CRASH' });
  let deaths = 0;
  const children = fakeChildren({
    before: (request) => {
      if (request.kind !== 'images' || deaths === 2) return;
      if (!request.images.some((bytes) => Buffer.from(bytes).toString() === 'LATER')) return;
      deaths += 1;
      throw new PoolError('memory');
    },
  });
  assert.equal((await run.execute({ ...MANY, children })).verdict, 'ok');
  assert.deepEqual(
    (await quarantineOf(run)).map(({ path }) => path),
    ['a/02.jpg'],
  );
  assert.equal(children.inferred('LATER'), 1);
});
