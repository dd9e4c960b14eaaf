import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { VergerError } from '@verger/core';
import { noTfjsNode, tfjsNodeFolder } from '@verger/testkit/tfjs-node';
import { buildNetwork } from '../network/network.ts';
import { plainFeatures } from '../testing/plain-network.ts';
import { weightsWithNorms } from '../testing/weights-with-norms.ts';
import { openEngine } from './open-engine.ts';
import { openNetwork } from './tensorflow.ts';
import { tfjs, tfjsLoader } from './tfjs.ts';
import { loadTfjsNode, nodeFault, openTfjsNode } from './tfjs-node.ts';

const weights = weightsWithNorms();
const network = buildNetwork(weights);
const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, at) => (at * 2654435761) >>> 24);
const plain = plainFeatures(weights, pixels);

const ENGINES = [
  { engine: 'onnxruntime', skip: false },
  { engine: 'tfjs', skip: false },
  { engine: 'tfjs-node', tfjsNode: tfjsNodeFolder, skip: noTfjsNode },
] as const;

// First: it sees the library being loaded.
test('loading tfjs leaves what this process does not catch to those who watched it before', async () => {
  const listeners = () =>
    ['uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name));
  const before = listeners();
  await tfjs();
  assert.deepEqual(listeners(), before);
});

test('listeners that others add while tfjs is being loaded stay', async () => {
  const mine = () => {};
  const theirs = (reason: unknown) => {
    throw reason;
  };
  const addsTheirs = emulatedPackages(async () => {
    process.on('unhandledRejection', mine);
    // As the package would: what tells them apart is the file that adds them.
    runInThisContext(`(add) => add()`, { filename: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/x.js' })(
      () => process.on('unhandledRejection', theirs),
    );
    return true;
  });
  try {
    await tfjsLoader(addsTheirs)();
    const left = process.listeners('unhandledRejection');
    assert.deepEqual([left.includes(mine), left.includes(theirs)], [true, false]);
  } finally {
    process.off('unhandledRejection', mine).off('unhandledRejection', theirs);
  }
});

test('tfjs that cannot be loaded is E_ENGINE_MISSING with the reason, and is tried again', async () => {
  const none = (name: string) => {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  };
  const refused = (words: RegExp) => (error: unknown) =>
    error instanceof VergerError && error.code === 'E_ENGINE_MISSING' && words.test(error.message);
  await assert.rejects(tfjsLoader(none)(), refused(/tfjs-core: Cannot find module/));
  const answers = [
    () => Promise.reject(new Error('no wasm')),
    () => Promise.resolve(false),
    () => Promise.resolve(true),
  ];
  const load = tfjsLoader(emulatedPackages(async () => await answers.shift()!()));
  await assert.rejects(load(), refused(/no wasm/));
  await assert.rejects(load(), refused(/WebAssembly/));
  assert.equal((await load()).version, '4.0.0');
});

for (const { skip, ...choice } of ENGINES)
  test(`${choice.engine} computes what the layers say`, { skip }, async () => {
    const engine = await openEngine({ network, fingerprint: {} }, choice);
    const seen = await engine.infer(pixels);
    await engine.close();
    const difference = plain.reduce((most, value, at) => Math.max(most, Math.abs(value - seen[at]!)), 0);
    assert.ok(difference < 2e-4, `differs by ${difference}`);
    assert.equal(engine.name, choice.engine);
    assert.match(engine.version, /^\d+\.\d+\.\d+$/);
  });

/** The packages of tfjs as far as they are loaded; `setBackend` is given. */
const emulatedPackages = (setBackend: () => Promise<boolean>) => () => ({
  setBackend,
  setThreadsCount: () => {},
  version_wasm: '4.0.0',
});

const LIBRARIES = [
  { name: 'tfjs', skip: false, load: async () => (await tfjs()).tf },
  { name: 'tfjs-node', skip: noTfjsNode, load: async () => loadTfjsNode(tfjsNodeFolder ?? null) },
] as const;

for (const { name, skip, load } of LIBRARIES)
  describe(name, { skip }, () => {
    test('holds its weights between images and nothing after close; twins are apart', async () => {
      const tf = await load();
      const before = tf.memory().numTensors;
      const [one, other] = [openNetwork(tf, network), openNetwork(tf, network)];
      const open = tf.memory().numTensors;
      assert.equal(open - before, 2 * 2 * 52, 'a kernel and a bias of each convolution');
      const first = await one.infer(pixels);
      for (let image = 0; image < 5; image += 1) {
        await Promise.all([one.infer(pixels), other.infer(pixels)]);
        assert.equal(tf.memory().numTensors, open);
      }
      await one.close();
      assert.deepEqual(await other.infer(pixels), first);
      await other.close();
      assert.equal(tf.memory().numTensors, before);
    });

    test('an image that fails leaves no tensor behind', async () => {
      const tf = await load();
      const fail = () => {
        throw new Error('planted');
      };
      const opened = openNetwork({ ...tf, add: fail }, network);
      const open = tf.memory().numTensors;
      await assert.rejects(opened.infer(pixels), /planted/);
      assert.equal(tf.memory().numTensors, open);
      await opened.close();
    });
  });

test('int8 is refused by every engine but onnxruntime', async () => {
  for (const engine of ['tfjs', 'tfjs-node'] as const)
    await assert.rejects(
      openEngine({ network, fingerprint: { precision: 'int8' } }, { engine }),
      (error) =>
        error instanceof VergerError &&
        error.code === 'E_ENGINE_PRECISION' &&
        error.message.endsWith(`${engine}.`),
    );
});

describe('tfjs-node that cannot be loaded is E_ENGINE_MISSING', async () => {
  const refusal = async (folder: string | null): Promise<string> => {
    const error = await openTfjsNode(network, folder).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof VergerError && error.code === 'E_ENGINE_MISSING', String(error));
    return error.message;
  };
  const folder = await mkdtemp(join(tmpdir(), 'verger-engines-'));
  after(() => rm(folder, { recursive: true }));

  test('not installed: beside verger, or in the folder that was named', async () => {
    assert.match(await refusal(null), /There is no @tensorflow\/tfjs-node beside verger/);
    const words = await refusal(folder);
    assert.ok(words.includes(`There is no @tensorflow/tfjs-node in ${join(folder, 'node_modules')}.`), words);
  });

  test('only a parent folder has it, or a link leads out of the folder: nothing of it is run', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'verger-planted-'));
    after(() => rm(parent, { recursive: true }));
    const planted = join(parent, 'node_modules/@tensorflow/tfjs-node');
    await mkdir(planted, { recursive: true });
    await writeFile(join(planted, 'index.js'), "throw new Error('planted code was run');");
    const child = join(parent, 'child');
    await mkdir(child);
    const words = `There is no @tensorflow/tfjs-node in ${join(child, 'node_modules')}.`;
    assert.ok((await refusal(child)).includes(words), 'no node_modules');
    await mkdir(join(child, 'node_modules/@tensorflow'), { recursive: true });
    assert.ok((await refusal(child)).includes(words), 'an empty node_modules');
    await symlink(planted, join(child, 'node_modules/@tensorflow/tfjs-node'));
    assert.ok((await refusal(child)).includes(words), 'a link');
  });

  test('installed, but without its native library', async () => {
    const place = join(folder, 'node_modules/@tensorflow/tfjs-node');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'package.json'), '{ "main": "index.js" }');
    await writeFile(join(place, 'index.js'), "throw new Error('cannot open shared object file');");
    assert.match(await refusal(folder), /tfjs-node\/index.js: cannot open shared object file/);
  });

  test('a Node without util.isNullOrUndefined, which tfjs-node calls', () => {
    assert.equal(nodeFault({ isNullOrUndefined: () => true }, '22.1.0'), undefined);
    assert.match(nodeFault({}, '23.0.0') ?? '', /Node 23\.0\.0/);
  });
});
