/** The pages of a dashboard in a real browser: nothing breaks, nothing leaves the machine. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { seriousFaults } from './axe.ts';
import { browserSuite, logIn, openTab, startChromium, type Tab } from './chromium.ts';
import { EVIL, type Filled, fillSite } from './fill-site.ts';
import { unreached } from './keyboard.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

/** What a page says that has not read everything yet. */
const UNREAD = /not read yet|is being read|Reading |Being read|Still searching|Being loaded/;

browserSuite('pages in a browser', () => {
  let site: Site;
  let browser: Browser;
  let origin: string;
  let filled: Filled;
  let tab: Tab;

  before(async () => {
    [site, browser] = await Promise.all([startSite(), startChromium()]);
    filled = await fillSite(site);
    ({ origin } = await site.dashboard({ places: filled.places }));
    tab = await openTab(browser, origin);
    await logIn(tab.page, origin, PASSWORD);
    for (const path of filled.ownPages) await read(path);
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(() => {
    tab.faults.length = 0;
  });

  /** Opens one of our pages, and waits until all that it shows has been read. */
  const read = async (path: string) => {
    await tab.page.goto(`${origin}${path}`);
    if ((await tab.page.locator('#live').count()) > 0) await tab.page.locator('#live[data-on]').waitFor();
    await tab.page.locator('main', { hasNotText: UNREAD }).waitFor();
  };
  /** Opens a page of Bull Board, and waits for a text on it. */
  const board = async (path: string, text: string) => {
    await tab.page.goto(`${origin}${path}`);
    await tab.page.getByText(text).first().waitFor();
  };
  const assertCalm = () => {
    // Chromium reports a page that is not there as an error of its own.
    const faults = tab.faults.filter((fault) => !/status of 404 .*\/runs\/nothing\)$/.test(fault));
    assert.deepEqual(faults, []);
  };
  const number = async (expression: string) => Number(await tab.page.evaluate(expression));

  test('runs, a run, pages of partitions and a search in quarantine', async () => {
    const { page } = tab;
    await read('/runs');
    await page.getByRole('link', { name: 'orchard' }).click();
    await page.getByRole('heading', { name: 'Run orchard' }).waitFor();
    await read('/runs/large#partitions-title'); // the table stays open
    await page.getByRole('navigation', { name: 'Pages of partitions' }).getByText('3').click();
    await page.getByText('page 3 of 3').waitFor();
    await read('/runs/orchard');
    await page.getByLabel('Path, label or code').fill('truncated');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Images that match (1)').waitFor();
    assertCalm();
  });

  test('Bull Board: queues, the jobs of a queue, a job, its log and its flow', async () => {
    await board('/queues/', 'verger-extract');
    await board('/queues/queue/verger-extract?status=failed', EVIL);
    for (const path of filled.boardPages) await board(path, 'verger-extract');
    assertCalm();
  });

  test('markup in a key, a label, an error or a search is text on every page', async () => {
    for (const path of [...filled.ownPages, `/runs?q=${encodeURIComponent(EVIL)}`]) {
      await read(path);
      assert.equal(await number(PLANTED), 0, path);
    }
    const boards = ['/queues/queue/verger-extract?status=failed', ...filled.boardPages];
    for (const path of boards) {
      await board(path, EVIL);
      assert.equal(await number(PLANTED), 0, path);
    }
    await read('/runs/evil');
    assert.match(await tab.page.innerText('body'), /<img src=x onerror=hit\(\)>/);
    // The policy would stop a script of a page and say so here; a request for `x` would be in the log.
    assertCalm();
  });
  const PLANTED = `document.querySelectorAll('img[src="x"], [onerror]').length`;

  test('no serious fault of accessibility on our pages, light or dark', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme });
      for (const path of filled.ownPages) {
        await read(path);
        assert.deepEqual(await seriousFaults(tab.page), [], `${path}, ${colorScheme}`);
      }
    }
    await tab.page.emulateMedia({ colorScheme: 'light' });
    await board('/queues/queue/verger-extract?status=failed', EVIL);
    for (const fault of await seriousFaults(tab.page)) t.diagnostic(`Bull Board: ${fault}`);
  });

  test('at 360 px, at 200 %, and with letters twice as large no page scrolls sideways', async () => {
    const { page } = tab;
    const sizes = [
      { width: 360, height: 740, letters: '' },
      { width: 600, height: 400, letters: '' },
      { width: 1200, height: 900, letters: '200%' },
      { width: 360, height: 740, letters: '200%' },
    ];
    for (const { letters, ...size } of sizes) {
      await page.setViewportSize(size);
      for (const path of filled.ownPages) {
        await read(path);
        await page.evaluate(`document.documentElement.style.fontSize = ${JSON.stringify(letters)}`);
        const beyond = await page.evaluate(BEYOND);
        assert.deepEqual(beyond, [], `${path} at ${size.width} px ${letters}`);
      }
    }
    await page.setViewportSize({ width: 1200, height: 900 });
  });
  /** What makes the page wider than its window. */
  const BEYOND = `(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((one) =>
      one.closest('.scroll') === null && one.getBoundingClientRect().right > clientWidth + 1);
    return [scrollWidth, ...wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 120))];
  })()`;

  test('the keyboard reaches all that can be used, and the focus is seen', async () => {
    for (const path of filled.ownPages) {
      await read(path);
      assert.deepEqual(await unreached(tab.page), [], path);
    }
  });

  test('no page offers to change anything', async () => {
    for (const path of filled.ownPages) {
      await read(path);
      // Those of the live part zoom and choose what is seen: no form is there that they could send.
      assert.equal(await tab.page.locator('#live form, #live button:not([type=button])').count(), 0, path);
      const buttons = await tab.page.locator('button:visible:not(#live button)').allInnerTexts();
      const other = buttons.filter((name) => !/^(Log out|Show|Search|Copy|Log in)$/.test(name));
      assert.deepEqual(other, [], path);
      const posts = await number(
        `document.querySelectorAll('form[method=post]:not([action$="/logout"])').length`,
      );
      assert.equal(posts, 0, path);
    }
    const boards = ['/queues/', '/queues/queue/verger-extract?status=failed', ...filled.boardPages];
    const acts = /pause|resume|retry|clean|empty|promote|obliterate|add job|remove|delete|update|duplicate/i;
    for (const path of boards) {
      await board(path, 'verger-extract');
      const buttons = await tab.page.getByRole('button').all();
      const names = await Promise.all(
        buttons.map(async (one) => `${await one.innerText()} ${(await one.getAttribute('title')) ?? ''}`),
      );
      assert.deepEqual(
        names.filter((name) => acts.test(name)),
        [],
        path,
      );
    }
  });
});
