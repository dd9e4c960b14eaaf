import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ask, cookieOf, formOf, PAGE } from '../testing/ask.ts';
import { PASSWORD, withServer } from '../testing/serve.ts';

const BASIC = { authorization: `Basic ${Buffer.from(`verger:${PASSWORD}`).toString('base64')}` };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const PATHS = [
  ...['/', '/runs', '/runs/r1', '/runs?page=2', '/broken', '/no-such-page', '/logout', '/act'],
  ...['/queues', '/queues/', '/queues/queue/verger-extract', '/queues/static/js/main.js'],
  ...['/queues/api/queues', '/queues/api/queues/verger-extract/pause', '/assets/script.js', '/metrics'],
];

test('without a login every path and method gives 401 or the login page, and reaches no page', async () => {
  await withServer({}, async ({ origin, asked }) => {
    for (const path of PATHS) {
      for (const method of METHODS) {
        const { status, text, headers } = await ask(origin, path, { method });
        assert.deepEqual([status, headers['x-content-type-options']], [401, 'nosniff'], `${method} ${path}`);
        assert.ok(method === 'HEAD' || text === 'Log in first.\n', `${method} ${path}: ${text}`);
      }
      const page = await ask(origin, path, { headers: PAGE });
      assert.equal(page.status, 303);
      assert.match(page.headers.location ?? '', /^\/login(\?to=[\w%.-]+)?$/);
    }
    assert.deepEqual(asked, []);
  });
});

test('the login page, its stylesheet and its icon are there without a login', async () => {
  await withServer({}, async ({ origin }) => {
    const page = await ask(origin, '/login?to=/runs/r1', { headers: PAGE });
    assert.equal(page.status, 200);
    assert.match(page.text, /name="to" value="\/runs\/r1"/);
    assert.match(page.text, /<meta name="referrer" content="same-origin">/);
    for (const path of ['/assets/style.css?v=1', '/assets/icon.svg', '/assets/refresh.js'])
      assert.equal((await ask(origin, path)).status, 200);
  });
});

test('a login opens a session that lasts 12 hours, ends with a logout, and needs the cookie', async () => {
  await withServer({}, async ({ origin, clock }) => {
    const login = await ask(origin, '/login', formOf(origin, { password: PASSWORD, to: '/runs' }));
    assert.deepEqual([login.status, login.headers.location], [303, '/runs']);
    assert.match(
      login.headers['set-cookie']?.[0] ?? '',
      /^verger-session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(login);
    const read = async (sent: string) => (await ask(origin, '/runs', { headers: { cookie: sent } })).status;
    assert.equal(await read(`other=1; ${cookie}`), 200);
    assert.equal(await read(`${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`), 401);
    clock.nowMs = 12 * 3_600_000 - 1;
    assert.equal(await read(cookie), 200);
    clock.nowMs += 1;
    assert.equal(await read(cookie), 401);

    const again = cookieOf(await ask(origin, '/login', formOf(origin, { password: PASSWORD })));
    const form = formOf(origin, {});
    const logout = await ask(origin, '/logout', { ...form, headers: { ...form.headers, cookie: again } });
    assert.deepEqual([logout.status, logout.headers.location], [303, '/login']);
    assert.equal(await read(again), 401);
  });
});

test('a login by TLS sets a cookie that is only sent by TLS, below the base path', async () => {
  await withServer({ base: '/verger' }, async ({ origin }) => {
    const form = formOf('https://example.org', { password: PASSWORD });
    const headers = { ...form.headers, host: 'example.org' };
    const login = await ask(origin, '/verger/login', { ...form, headers });
    assert.deepEqual([login.status, login.headers.location], [303, '/verger/']);
    assert.match(login.headers['set-cookie']?.[0] ?? '', /; Path=\/verger; .*; Secure$/);
  });
});

test('a login leads to no other site', async () => {
  await withServer({}, async ({ origin }) => {
    for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nx: y', '/a\\b']) {
      const login = await ask(origin, '/login', formOf(origin, { password: PASSWORD, to }));
      assert.equal(login.headers.location, '/', to);
      const page = await ask(origin, `/login?to=${encodeURIComponent(to)}`, { headers: PAGE });
      assert.match(page.text, /name="to" value="\/"/, to);
    }
  });
});

test('scripts read by basic authentication, whatever the user, and change nothing', async () => {
  await withServer({}, async ({ origin, asked }) => {
    assert.equal((await ask(origin, '/runs', { headers: BASIC })).status, 200);
    assert.equal((await ask(origin, '/runs', { method: 'HEAD', headers: BASIC })).text, '');
    const wrong = { authorization: `Basic ${Buffer.from('verger:wrong').toString('base64')}` };
    const refused = await ask(origin, '/runs', { headers: wrong });
    assert.deepEqual(
      [refused.status, refused.headers['www-authenticate']?.split(',')[0]],
      [401, 'Basic realm="verger"'],
    );
    assert.equal(refused.text, 'This password is wrong.\n');
    for (const authorization of ['Basic', 'Basic !!', 'Bearer x', `Basic ${btoa('no-colon')}`])
      assert.equal((await ask(origin, '/runs', { headers: { authorization } })).status, 401);
    const form = formOf(origin, {});
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const sent = await ask(origin, '/act', { ...form, method, headers: { ...form.headers, ...BASIC } });
      assert.equal(sent.status, method === 'POST' ? 403 : 405, method);
    }
    assert.ok(asked.every(({ method }) => method === 'GET'));
  });
});

test('a browser is never asked for a password by a window of its own', async () => {
  await withServer({}, async ({ origin }) => {
    const headers = { accept: 'application/json', 'sec-fetch-mode': 'cors' };
    const polled = await ask(origin, '/queues/api/queues', { headers });
    assert.deepEqual([polled.status, polled.headers['www-authenticate']], [401, undefined]);
  });
});

test('what would change something is only taken from a page of the same site', async () => {
  await withServer({}, async ({ origin, asked }) => {
    const cookie = cookieOf(await ask(origin, '/login', formOf(origin, { password: PASSWORD })));
    const good = formOf(origin, { run: 'r1' });
    const post = async (changed: Readonly<Record<string, string | undefined>>, path = '/act') => {
      const all = Object.entries({ ...good.headers, cookie, ...changed });
      const headers = Object.fromEntries(all.flatMap(([name, value]) => (value ? [[name, value]] : [])));
      return (await ask(origin, path, { ...good, headers })).status;
    };
    const foreign = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: undefined },
      { origin: origin.replace('http:', 'ftp:') },
      { origin: origin.replace(/\d+$/, '1') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': undefined },
    ];
    for (const changed of foreign) {
      for (const path of ['/act', '/login', '/logout'])
        assert.equal(await post(changed, path), 403, `${path} ${JSON.stringify(changed)}`);
    }
    assert.equal(asked.length, 0);
    assert.equal(await post({}), 200);
    assert.equal(asked[0]?.form.get('run'), 'r1');
    assert.equal(await post({}, '/runs'), 405);
  });
});

test('after ten wrong passwords an address waits a quarter of an hour, also with the right one', async () => {
  await withServer({}, async ({ origin, clock, log }) => {
    const login = async (password: string, from = '192.0.2.7') => {
      const form = formOf(origin, { password });
      return await ask(origin, '/login', { ...form, headers: { ...form.headers, 'x-forwarded-for': from } });
    };
    for (let tries = 0; tries < 10; tries += 1) assert.equal((await login('wrong')).status, 401);
    const refused = await login(PASSWORD);
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '900']);
    const script = await ask(origin, '/runs', { headers: { ...BASIC, 'x-forwarded-for': '192.0.2.7' } });
    assert.equal(script.status, 429);
    assert.equal((await login(PASSWORD, '192.0.2.8')).status, 303);
    clock.nowMs = 15 * 60_000;
    assert.equal((await login(PASSWORD)).status, 303);
    assert.equal(log.lines.filter(({ message }) => message.includes('wrong password')).length, 10);
    assert.ok(!JSON.stringify(log.lines).includes('"wrong"'));
  });
});

test('addresses that take turns share a limit over all', async () => {
  await withServer({}, async ({ origin }) => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 101; tries += 1) {
      const form = formOf(origin, { password: 'wrong' });
      const headers = { ...form.headers, 'x-forwarded-for': `198.51.100.${tries}` };
      statuses.push((await ask(origin, '/login', { ...form, headers })).status);
    }
    assert.deepEqual(statuses, [...Array(100).fill(401), 429]);
  });
});

test('every answer has the security headers, and is not kept', async () => {
  await withServer({}, async ({ origin }) => {
    const cases = [
      await ask(origin, '/runs', { headers: BASIC }),
      await ask(origin, '/nowhere', { headers: BASIC }),
      await ask(origin, '/%zz', { headers: BASIC }),
      await ask(origin, '/login', { headers: PAGE }),
      await ask(origin, '/runs'),
    ];
    for (const { headers } of cases) {
      assert.equal(
        headers['content-security-policy'],
        "default-src 'none'; script-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
          "style-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
      );
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cache-control'], 'no-store');
    }
  });
});

test('below a base path everything else is 404', async () => {
  await withServer({ base: '/verger' }, async ({ origin, asked }) => {
    const get = async (path: string) => await ask(origin, path, { headers: BASIC });
    assert.equal((await get('/verger/runs')).status, 200);
    assert.equal(asked[0]?.path, '/runs');
    assert.deepEqual((await get('/verger')).headers.location, '/verger/runs');
    for (const path of ['/', '/runs', '/vergerx/runs', '/login']) {
      const { status, text } = await get(path);
      assert.equal(status, 404);
      assert.match(text, /below \/verger\//);
    }
    const page = await ask(origin, '/verger/runs?page=2', { headers: PAGE });
    assert.equal(page.headers.location, `/verger/login?to=${encodeURIComponent('/runs?page=2')}`);
  });
});

test('addresses that cannot be read are 400', async () => {
  await withServer({}, async ({ origin }) => {
    const bad = [
      '/%',
      '/%zz',
      '/%ff',
      '/a/../b',
      '/a/%2e%2e/b',
      '/a%2fb',
      '/a%5cb',
      '/a%00',
      `/${'a'.repeat(5000)}`,
    ];
    for (const path of bad) assert.equal((await ask(origin, path, { headers: BASIC })).status, 400, path);
    assert.equal((await ask(origin, 'http://evil.example/runs', { headers: BASIC })).status, 400);
  });
});

test('bodies are forms of at most 64 KiB', async () => {
  await withServer({}, async ({ origin }) => {
    const cookie = cookieOf(await ask(origin, '/login', formOf(origin, { password: PASSWORD })));
    const form = formOf(origin, {});
    const headers = { ...form.headers, cookie };
    const post = async (body: string, more = {}) =>
      (await ask(origin, '/act', { method: 'POST', headers: { ...headers, ...more }, body })).status;
    assert.equal(await post(`a=${'x'.repeat(64 * 1024 - 2)}`), 200);
    assert.equal(await post(`a=${'x'.repeat(64 * 1024 - 1)}`), 413);
    assert.equal(await post('x'.repeat(70_000), { 'transfer-encoding': 'chunked' }), 413);
    assert.equal(await post('{}', { 'content-type': 'application/json' }), 415);
  });
});

test('what a page fails with is shown without secrets', async () => {
  await withServer({}, async ({ origin, log }) => {
    const { status, text } = await ask(origin, '/broken', { headers: { ...BASIC, ...PAGE } });
    assert.equal(status, 500);
    assert.ok(!text.includes('hunter2') && !JSON.stringify(log.lines).includes('hunter2'), text);
  });
});

test('without a password no login is wanted, but the Host must be this machine', async () => {
  await withServer({ password: null }, async ({ origin }) => {
    const { host } = new URL(origin);
    const port = host.split(':')[1];
    for (const name of [host, `localhost:${port}`, `[::1]:${port}`])
      assert.equal((await ask(origin, '/runs', { headers: { host: name } })).status, 200, name);
    for (const name of ['evil.example', `127.0.0.1.evil.example:${port}`, 'a b', '127.0.0.1@evil.example'])
      assert.equal((await ask(origin, '/runs', { headers: { host: name } })).status, 403, name);
    assert.equal((await ask(origin, '/assets/style.css', { headers: { host: 'evil.example' } })).status, 403);
    assert.equal((await ask(origin, '/login')).status, 404);
  });
});

test('a connection that sends nothing is closed without an answer, half a request is answered 408', async () => {
  await withServer({}, async ({ origin, server }) => {
    server.headersTimeout = 1; // looked at every 5 s
    const port = Number(new URL(origin).port);
    const said = (sent: string) =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => void (sent !== '' && socket.write(sent)));
        socket.on('data', (data) => (text += data.toString()));
        socket.on('error', reject).on('close', () => resolve(text));
      });
    const [nothing, half, wrong] = await Promise.all([
      said(''),
      said('GET /runs HTTP/1.1\r\n'),
      said('?\r\n\r\n'),
    ]);
    assert.equal(nothing, '');
    assert.match(half, /^HTTP\/1\.1 408 /);
    assert.match(wrong, /^HTTP\/1\.1 400 /);
  });
});

test('the number of connections and the size of headers are bounded', async () => {
  await withServer({}, async ({ origin, server }) => {
    assert.equal(server.maxConnections, 256);
    assert.deepEqual(
      [server.headersTimeout, server.requestTimeout, server.timeout],
      [10_000, 30_000, 60_000],
    );
    const { status } = await ask(origin, '/runs', { headers: { ...BASIC, 'x-big': 'x'.repeat(20_000) } });
    assert.ok(status === 400 || status === 431, String(status));
  });
});
