/** A dashboard is closed: without its login, to other sites, and to whoever wants to write. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { writeRun } from '@verger/testkit/written-run';
import { Redis } from 'ioredis';
import type { Browser } from 'playwright-core';
import { seriousFaults } from './axe.ts';
import { browserSuite, logIn, openTab, startChromium } from './chromium.ts';
import { ask } from './http.ts';
import { unreached } from './keyboard.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

const READS = [
  ...['/', '/runs', '/runs/r', '/runs/r?page=2', '/runs/r?q=a', '/queues', '/queues/'],
  ...['/queues/queue/verger-extract', '/queues/api/queues', '/queues/api/redis/stats'],
  ...['/queues/api/queues/verger-extract/1', '/queues/static/favicon.ico', '/nothing', '/logout'],
];
const WRITES = [
  ...[
    '/runs/r/cancel',
    '/runs/r/resume',
    '/queues/api/queues/pause',
    '/queues/api/queues/verger-extract/add',
  ],
  ...['/queues/api/queues/verger-extract/pause', '/queues/api/queues/verger-extract/1/retry/failed'],
  ...['/queues/api/queues/verger-extract/obliterate', '/queues/api/queues/verger-extract/clean/failed'],
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

browserSuite('a dashboard is closed', () => {
  let site: Site;
  let browser: Browser;
  let origin: string;
  /** Another site on this machine: of the same site to the browser, so that it sends the cookie. */
  let other: Server;
  let elsewhere: string;

  before(async () => {
    [site, browser] = await Promise.all([startSite(), startChromium()]);
    await writeRun(site.output, { id: 'r', partitions: [10, 10], submittedMs: Date.now(), committed: [0] });
    ({ origin } = await site.dashboard({ places: [site.output] }));
    other = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(hostilePage(origin));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  });
  after(async () => {
    await browser?.close();
    other?.closeAllConnections();
    other?.close();
    await site?.close();
  });

  test('without a login every path and method is 401, or leads to the login page', async () => {
    for (const path of [...READS, ...WRITES]) {
      for (const method of METHODS) {
        const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin', origin };
        const { status, location, text } = await ask(origin, path, { method, headers });
        const isLogin = status === 303 && location?.startsWith('/login') === true;
        assert.ok(isLogin || status === 401, `${method} ${path}: ${status} ${text.slice(0, 200)}`);
      }
    }
    const { page, close } = await openTab(browser, origin);
    for (const path of READS) {
      await page.goto(`${origin}${path}`);
      await page.getByLabel('Password').waitFor();
      assert.match(await page.innerText('body'), /^verger\s+Password\s+Log in\s*$/, path);
    }
    await close();
  });

  test('the login page has no fault of its own: console, accessibility, 360 px, keyboard', async () => {
    const { page, faults, close } = await openTab(browser, origin, { viewport: { width: 360, height: 640 } });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${origin}/login`);
      assert.deepEqual(await seriousFaults(page), [], colorScheme);
    }
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    const { scrollWidth, clientWidth } = (await page.evaluate(
      `(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)`,
    )) as { scrollWidth: number; clientWidth: number };
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} > ${clientWidth}`);
    assert.deepEqual(await unreached(page), []);
    assert.deepEqual(faults, []);
    await close();
  });

  test('a wrong password says so; the right one leads to the page that was asked for; Log out ends it', async () => {
    const { page, close } = await openTab(browser, origin);
    await page.goto(`${origin}/runs/r?page=1`);
    await page.keyboard.type('not this one');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This password is wrong.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}/runs/r?page=1`);
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
    assert.equal(await page.evaluate('document.cookie'), '');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.goto(`${origin}/runs`);
    await page.getByLabel('Password').waitFor();
    await close();
  });

  test('a page of another site can neither send its forms, nor read, nor frame it', async () => {
    const { page, close } = await openTab(browser, origin);
    await logIn(page, origin, PASSWORD);
    for (const form of ['logout', 'cancel', 'pause']) {
      await page.goto(elsewhere);
      const [answer] = await Promise.all([
        page.waitForNavigation({ url: (url) => url.origin === origin }),
        page.evaluate(`document.getElementById('${form}').submit()`),
      ]);
      assert.equal(answer?.status(), 403, form);
    }
    await page.goto(elsewhere);
    assert.equal(
      await page.evaluate(`fetch('${origin}/runs', { credentials: 'include' }).catch(() => 'no')`),
      'no',
    );
    await page.locator('#framed').waitFor();
    const frame = page.frames().find((one) => one !== page.mainFrame());
    assert.doesNotMatch((await frame?.content()) ?? '', /Run r|Runs/);
    await page.goto(`${origin}/runs/r`);
    await page.getByRole('heading', { name: 'Run r' }).waitFor();
    await close();
  });

  test('who is logged in cannot write: not by HTTP, and not in Redis', async () => {
    const { page, close } = await openTab(browser, origin);
    await logIn(page, origin, PASSWORD);
    const [cookie] = await page.context().cookies();
    await close();
    const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'sec-fetch-site': 'same-origin', origin };
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await ask(origin, '/queues/api/queues', { headers })).status, 200);
    for (const path of WRITES) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const { status } = await ask(origin, path, { method, headers: form });
        assert.ok([403, 404, 405].includes(status), `${method} ${path}: ${status}`);
      }
    }
    const reader = new Redis(site.readerUrl);
    try {
      for (const [command, ...args] of REDIS_WRITES) {
        await assert.rejects(reader.call(command ?? '', ...args), /NOPERM/, command);
      }
      const lua = `return redis.call('set', 'verger:x', '1')`;
      await assert.rejects(reader.eval(lua, 0), /NOPERM|can't run this command|ACL/);
    } finally {
      reader.disconnect();
    }
  });
});

const REDIS_WRITES = [
  ['hset', 'verger:verger-extract:meta', 'paused', '1'],
  ['lpush', 'verger:verger-extract:wait', '1'],
  ['del', 'verger:verger-extract:meta'],
  ['set', 'verger:x', '1'],
  ['flushall'],
  ['config', 'get', '*'],
  ['keys', '*'],
];

/** Forms to the dashboard, and the dashboard in a frame. */
function hostilePage(origin: string): string {
  const forms = { logout: '/logout', cancel: '/runs/r/cancel', pause: '/queues/api/queues/pause' };
  const all = Object.entries(forms).map(
    ([id, path]) =>
      `<form id="${id}" method="post" action="${origin}${path}"><input name="a" value="b"></form>`,
  );
  return `<!doctype html><title>Prizes</title>${all.join('')}<iframe id="framed" src="${origin}/runs"></iframe>`;
}
