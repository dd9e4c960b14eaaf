import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256, VergerError } from '@verger/core';
import { startProxyServer } from '@verger/testkit/proxy-server';
import type { DownloadProgress } from './download.ts';
import { cachedWeightsPath, fetchedWeightsPath, resolveWeights } from './resolve-weights.ts';

/** HDF5 by its head: signature, superblock 0, and an end-of-file address that is its length. */
const FILE = (() => {
  const bytes = Buffer.alloc(300_000, 0);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2654435761) >>> 24;
  bytes.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0]);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 40);
  return bytes;
})();

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-weights-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function served(t: TestContext, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`;
}

const firstByte = (range: string | undefined) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

/** Answers like a file server with ranges; `cutAfter` bytes of each answer the connection is broken. */
function fileServer(seen: number[], cutAfter = Number.POSITIVE_INFINITY): RequestListener {
  return (request, response) => {
    const from = firstByte(request.headers.range);
    seen.push(from);
    if (from >= FILE.length) {
      response.writeHead(416, { 'content-range': `bytes */${FILE.length}` }).end();
      return;
    }
    const headers = { 'content-length': FILE.length - from };
    if (from === 0) response.writeHead(200, headers);
    else
      response.writeHead(206, {
        ...headers,
        'content-range': `bytes ${from}-${FILE.length - 1}/${FILE.length}`,
      });
    const piece = FILE.subarray(from, Math.min(FILE.length, from + cutAfter));
    response.write(piece, () => (from + piece.length < FILE.length ? response.destroy() : response.end()));
  };
}

const refused = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof VergerError, String(error));
  assert.equal(error.code, 'E_WEIGHTS_DOWNLOAD');
  assert.match(error.message, words);
  assert.match(error.place.location ?? '', /^http:\/\/127\.0\.0\.1/);
  assert.match(error.place.path ?? '', /no_top\.h5$/);
  return true;
};

const download = { weights: null, download: true } as const;

test('a given file is taken, and nothing is asked of any server', async (t) => {
  const folder = await temporary(t);
  const weights = join(folder, 'mine.h5');
  await writeFile(weights, 'x');
  assert.deepEqual(
    await resolveWeights({ weights, cacheDir: folder, download: true, url: 'http://127.0.0.1:1/' }),
    {
      path: weights,
      source: 'given',
    },
  );
});

test('a given file that is not there, or is a folder, is E_WEIGHTS_MISSING, not a download', async (t) => {
  const folder = await temporary(t);
  for (const weights of [join(folder, 'none.h5'), folder]) {
    await assert.rejects(
      resolveWeights({ weights, cacheDir: folder, download: true, url: 'http://127.0.0.1:1/' }),
      (error) =>
        error instanceof VergerError && error.code === 'E_WEIGHTS_MISSING' && error.place.path === weights,
    );
  }
});

test('without a file and without leave to download there are none', async (t) => {
  assert.equal(
    await resolveWeights({ weights: null, cacheDir: await temporary(t), download: false }),
    undefined,
  );
});

test('the published file is downloaded once, with progress, and then taken from the cache', async (t) => {
  const cacheDir = join(await temporary(t), 'new', 'cache');
  const seen: number[] = [];
  const url = await served(t, fileServer(seen));
  const progress: DownloadProgress[] = [];
  const path = cachedWeightsPath(cacheDir);
  const options = { ...download, cacheDir, url, onProgress: (step: DownloadProgress) => progress.push(step) };
  assert.deepEqual(await resolveWeights(options), { path, source: 'download' });
  assert.deepEqual(await readFile(path), FILE);
  assert.deepEqual(progress.at(-1), { receivedBytes: FILE.length, totalBytes: FILE.length });
  assert.deepEqual(await resolveWeights(options), { path, source: 'cache' });
  assert.deepEqual(seen, [0]);
  assert.deepEqual(await readdir(cacheDir), [path.slice(cacheDir.length + 1)]);
});

test('the copy that a worker fetched is found, unless it is damaged', async (t) => {
  const cacheDir = await temporary(t);
  const weightsSha256 = sha256(FILE);
  const path = fetchedWeightsPath(cacheDir, { weightsKind: 'imagenet', weightsSha256 });
  const options = { weights: null, download: false, cacheDir };
  await writeFile(fetchedWeightsPath(cacheDir, { weightsKind: 'custom', weightsSha256 }), FILE);
  assert.equal(await resolveWeights(options), undefined, "a user's own weights are not taken for ImageNet's");
  await writeFile(path, FILE);
  assert.deepEqual(await resolveWeights(options), { path, source: 'cache' });
  await writeFile(path, FILE.subarray(1));
  assert.equal(await resolveWeights(options), undefined);
  await writeFile(join(cacheDir, `weights-${weightsSha256}.h5`), FILE);
  assert.equal(await resolveWeights(options), undefined, 'release 0.2 named custom weights so');
});

test('of several copies that workers fetched the first by name is taken', async (t) => {
  const cacheDir = await temporary(t);
  const copies = Array.from({ length: 8 }, (_, at) => Buffer.from([at])).map((bytes) => {
    const weightsSha256 = sha256(bytes);
    return { bytes, path: fetchedWeightsPath(cacheDir, { weightsKind: 'imagenet', weightsSha256 }) };
  });
  for (const { path, bytes } of copies) await writeFile(path, bytes);
  const [first] = copies.map(({ path }) => path).sort();
  const found = await resolveWeights({ weights: null, download: false, cacheDir });
  assert.deepEqual(found, { path: first, source: 'cache' });
});

test('a connection that is cut again and again is continued where it broke', async (t) => {
  const cacheDir = await temporary(t);
  const seen: number[] = [];
  const url = await served(t, fileServer(seen, 120_000));
  await resolveWeights({ ...download, cacheDir, url });
  assert.deepEqual(await readFile(cachedWeightsPath(cacheDir)), FILE);
  assert.ok(seen.length >= 3 && seen[0] === 0, String(seen));
  assert.ok(
    seen.slice(1).every((from, at) => from > seen[at]!),
    'each request begins further on',
  );
});

test('what an earlier process left is continued, not fetched again', async (t) => {
  const cacheDir = await temporary(t);
  const path = cachedWeightsPath(cacheDir);
  await writeFile(`${path}.part`, FILE.subarray(0, 200_000));
  const seen: number[] = [];
  await resolveWeights({ ...download, cacheDir, url: await served(t, fileServer(seen)) });
  assert.deepEqual(seen, [200_000]);
  assert.deepEqual(await readFile(path), FILE);
});

test('a part that is whole already, or longer than the file, is settled without a mixture', async (t) => {
  const seen: number[] = [];
  const url = await served(t, fileServer(seen));
  for (const extra of [0, 50]) {
    const cacheDir = await temporary(t);
    const path = cachedWeightsPath(cacheDir);
    await writeFile(`${path}.part`, Buffer.concat([FILE, Buffer.alloc(extra)]));
    await resolveWeights({ ...download, cacheDir, url });
    assert.deepEqual(await readFile(path), FILE);
  }
  assert.deepEqual(seen, [FILE.length, FILE.length + 50, 0]);
});

test('a server without ranges sends all of it again, and the file is right', async (t) => {
  const cacheDir = await temporary(t);
  const path = cachedWeightsPath(cacheDir);
  await writeFile(`${path}.part`, FILE.subarray(0, 1000));
  const url = await served(t, (_, response) => response.end(FILE));
  await resolveWeights({ ...download, cacheDir, url });
  assert.deepEqual(await readFile(path), FILE);
});

test('two processes that download at the same time both end with the whole file', async (t) => {
  const cacheDir = await temporary(t);
  const seen: number[] = [];
  const url = await served(t, fileServer(seen, 70_000));
  await Promise.all([1, 2, 3].map(() => resolveWeights({ ...download, cacheDir, url })));
  assert.deepEqual(await readFile(cachedWeightsPath(cacheDir)), FILE);
});

test('a redirect is followed, and a ring of them is an error', async (t) => {
  const cacheDir = await temporary(t);
  const target = await served(t, fileServer([]));
  const away = await served(t, (_, response) => response.writeHead(302, { location: target }).end());
  await resolveWeights({ ...download, cacheDir, url: away });
  assert.deepEqual(await readFile(cachedWeightsPath(cacheDir)), FILE);
  const ring = await served(t, (_, response) => response.writeHead(302, { location: '/again' }).end());
  await assert.rejects(
    resolveWeights({ ...download, cacheDir: await temporary(t), url: ring }),
    refused(/redirect count exceeded/),
  );
});

test('silence in the middle is an error after the idle time, and what came is kept', async (t) => {
  const cacheDir = await temporary(t);
  const url = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 5000));
  });
  const timeouts = { connectMs: 5000, idleMs: 150 };
  await assert.rejects(
    resolveWeights({ ...download, cacheDir, url, timeouts }),
    refused(/Nothing was received for 150 ms/),
  );
  assert.equal((await stat(`${cachedWeightsPath(cacheDir)}.part`)).size, 5000);
});

test('a server that takes the connection and never answers is an error after the idle time', async (t) => {
  const url = await served(t, () => undefined);
  const timeouts = { connectMs: 5000, idleMs: 100 };
  await assert.rejects(
    resolveWeights({ ...download, cacheDir: await temporary(t), url, timeouts }),
    refused(/Nothing was received for 100 ms/),
  );
});

test('a connection that is never secured is an error after the time to connect', async (t) => {
  const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/weights.h5`;
  const timeouts = { connectMs: 120, idleMs: 60_000 };
  await assert.rejects(
    resolveWeights({ ...download, cacheDir: await temporary(t), url, timeouts }),
    (error) => error instanceof VergerError && /No connection within 120 ms/.test(error.message),
  );
});

test('a refused connection, a missing file and a login page say where to put the file', async (t) => {
  const gone = await served(t, (_, response) => response.writeHead(404).end('not here'));
  const page = await served(t, (_, response) => response.end('<html>Please sign in</html>'));
  const cacheDir = await temporary(t);
  await assert.rejects(resolveWeights({ ...download, cacheDir, url: gone }), refused(/answered 404/));
  await assert.rejects(
    resolveWeights({ ...download, cacheDir, url: page }),
    refused(/not a complete HDF5 file/),
  );
  const closed = 'http://127.0.0.1:65535/weights.h5';
  await assert.rejects(resolveWeights({ ...download, cacheDir, url: closed }), refused(/ECONNREFUSED/));
  assert.deepEqual(await readdir(cacheDir), [], 'nothing is left of them');
});

test('a connection that is cut before any byte, each time, is an error and not a loop', async (t) => {
  const url = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.flushHeaders();
    response.destroy();
  });
  await assert.rejects(resolveWeights({ ...download, cacheDir: await temporary(t), url }), refused(/./));
});

test('an abort ends it at once, as an interruption', async (t) => {
  const control = new AbortController();
  const url = await served(t, (_, response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    response.write(FILE.subarray(0, 5000));
  });
  const running = resolveWeights({
    ...download,
    cacheDir: await temporary(t),
    url,
    signal: control.signal,
    onProgress: () => control.abort(),
  });
  await assert.rejects(running, (error) => error instanceof VergerError && error.code === 'E_INTERRUPTED');
});

test('a proxy of the environment is used and named, and its password never', async (t) => {
  const target = await served(t, fileServer([]));
  const proxy = await startProxyServer({ credentials: 'me:hunter2' });
  t.after(() => proxy.close());
  const through = (password: string, except = '') => ({
    ...download,
    url: target,
    proxies: () => ({ http: proxy.url.replace('://', `://me:${password}@`), https: null, except }),
  });
  const cacheDir = await temporary(t);
  await resolveWeights({ ...through('hunter2'), cacheDir });
  assert.deepEqual(await readFile(cachedWeightsPath(cacheDir)), FILE);
  assert.deepEqual(proxy.seen, [`GET ${target}`]);
  await resolveWeights({ ...through('hunter2', '127.0.0.1'), cacheDir: await temporary(t) });
  assert.equal(proxy.seen.length, 1);
  const named = new RegExp(`407.*through the proxy ${proxy.url}`);
  await assert.rejects(
    resolveWeights({ ...through('wrong-word'), cacheDir: await temporary(t) }),
    (error) => refused(named)(error) && !String(error).includes('wrong-word'),
  );
  await proxy.close();
  const gone = new RegExp(`ECONNREFUSED.*through the proxy ${proxy.url}`);
  await assert.rejects(
    resolveWeights({ ...through('hunter2'), cacheDir: await temporary(t) }),
    refused(gone),
  );
});
