import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until } from '@verger/testkit/processes';
import { ask, cookieOf, formOf } from '../testing/ask.ts';
import { PASSWORD, type TestServer, withServer } from '../testing/serve.ts';
import type { Pages, StreamReader } from './page.ts';
import { EventStreams, MOST_STREAMS } from './streams.ts';

/** Pages whose `/events` is a stream; its readers and what ended them. */
function streamPages() {
  const readers: StreamReader[] = [];
  const gone: number[] = [];
  const pages: Pages = {
    answer: async ({ path, signal }) => {
      if (path !== '/events') return undefined;
      return {
        stream: (reader) => {
          const at = readers.push(reader) - 1;
          signal.addEventListener('abort', () => gone.push(at));
        },
      };
    },
  };
  return { readers, gone, pages: [pages] };
}

/** Opens a stream; what it says, and whether it has ended. */
async function openStream(origin: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(origin);
  const seen = { text: '', isEnded: false, status: 0, type: '' };
  const sent = request({ hostname, port, path: '/events', headers, agent: false });
  sent.on('error', () => {
    seen.isEnded = true;
  });
  sent.on('response', (response) => {
    seen.status = response.statusCode ?? 0;
    seen.type = response.headers['content-type'] ?? '';
    response.setEncoding('utf8').on('data', (part: string) => {
      seen.text += part;
    });
    response.on('close', () => {
      seen.isEnded = true;
    });
  });
  sent.end();
  await until('the stream answers', () => seen.status > 0);
  return { seen, close: () => sent.destroy() };
}

async function loggedIn({ origin }: TestServer): Promise<Record<string, string>> {
  return { cookie: cookieOf(await ask(origin, '/login', formOf(origin, { password: PASSWORD }))) };
}

test('a stream sends what it is given as it comes, and knows when its reader has gone', async () => {
  const { readers, gone, pages } = streamPages();
  await withServer({ pages, password: null }, async ({ origin }) => {
    const { seen, close } = await openStream(origin);
    assert.deepEqual([seen.status, seen.type], [200, 'text/event-stream; charset=utf-8']);
    assert.equal(readers[0]?.send('data: 1\n\n'), true);
    await until('it is received', () => seen.text === 'data: 1\n\n');
    close();
    await until('the server knows', () => gone.length === 1);
    assert.equal(readers[0]?.send('data: 2\n\n'), false);
  });
});

test('a stream needs a login, and ends with it: logged out, or after 12 hours', async () => {
  const { readers, pages } = streamPages();
  await withServer({ pages }, async (server) => {
    const { origin, clock } = server;
    assert.equal((await ask(origin, '/events')).status, 401);
    const [first, second] = [await loggedIn(server), await loggedIn(server)];
    const [one, other] = [await openStream(origin, first), await openStream(origin, second)];
    const form = formOf(origin, {});
    await ask(origin, '/logout', { ...form, headers: { ...form.headers, ...first } });
    await until('the first has ended', () => one.seen.isEnded);
    assert.equal(other.seen.isEnded, false);
    assert.equal(readers[0]?.send('data: secret\n\n'), false);
    clock.nowMs = 12 * 3_600_000;
    assert.equal(readers[1]?.send('data: secret\n\n'), false);
    await until('the second has ended', () => other.seen.isEnded);
    assert.doesNotMatch(one.seen.text + other.seen.text, /secret/);
  });
});

test('a reader who does not read is dropped; the others go on', async () => {
  const { readers, gone, pages } = streamPages();
  await withServer({ pages, password: null }, async ({ origin }) => {
    const { port } = new URL(origin);
    const slow = connect({ host: '127.0.0.1', port: Number(port) });
    slow.write('GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    slow.pause();
    slow.on('error', () => {});
    await until('it is there', () => readers.length === 1);
    const { seen, close } = await openStream(origin);
    const piece = `:${'x'.repeat(4 * 1024 * 1024)}\n\n`;
    let sent = 0;
    while (readers[0]?.send(piece) === true && sent < 100) sent += 1;
    // What the system takes itself, before anything is unread here, is some MiB.
    assert.ok(sent <= 5, `dropped with two messages unread, not after ${sent}`);
    await until('its end is known', () => gone.includes(0));
    readers[1]?.send('data: 1\n\n');
    await until('the other reads', () => seen.text === 'data: 1\n\n');
    close();
    slow.destroy();
  });
});

test('there are at most so many streams; pages are answered all the same', async () => {
  const { readers, pages } = streamPages();
  await withServer({ pages, password: null }, async ({ origin }) => {
    const all = await Promise.all(Array.from({ length: MOST_STREAMS }, () => openStream(origin)));
    const more = await openStream(origin);
    assert.equal(more.seen.status, 503);
    assert.equal((await ask(origin, '/nothing')).status, 404);
    assert.equal(readers.length, MOST_STREAMS);
    for (const { close } of all) close();
  });
});

test('the streams of a server end with it', async () => {
  const { pages } = streamPages();
  let seen = { isEnded: false };
  await withServer({ pages, password: null }, async ({ origin }) => {
    ({ seen } = await openStream(origin));
  });
  await until('it has ended', () => seen.isEnded);
});

test('comments go to all, and leave no timer behind', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { readers, pages } = streamPages();
  await withServer({ pages, password: null }, async ({ origin }) => {
    const { seen, close } = await openStream(origin);
    t.mock.timers.tick(15_000);
    await until('the comment comes', () => seen.text === ':\n\n');
    close();
    assert.equal(readers.length, 1);
  });
  assert.equal(new EventStreams().count, 0);
});
