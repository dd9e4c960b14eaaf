/** The live page of made-up runs: large ones, and some whose every text is markup. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Dashboard, startDashboard } from '@verger/dashboard';
import { createStorages } from '@verger/storage';
import { temporaryFolder } from '@verger/testkit/cli';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { writeRun } from '@verger/testkit/written-run';
import type { Browser, Page } from 'playwright-core';
import { seriousFaults } from './axe.ts';
import { browserSuite, openTab, startChromium } from './chromium.ts';
import { EVIL } from './fill-site.ts';
import { unreached } from './keyboard.ts';

/** Milliseconds of a hover or a frame. */
const MOST_MS = 50;
const PARTITIONS = 20_000;

browserSuite('the live page in a browser', () => {
  let browser: Browser;
  let dashboard: Dashboard;
  let origin: string;
  let remove: () => Promise<void>;

  before(async () => {
    const place = await temporaryFolder();
    remove = place.remove;
    const nowMs = Date.now();
    const base = { partitions: Array(60).fill(100) as number[], submittedMs: nowMs - 600_000 };
    const failure = { code: 'E_CHILD_DIED', reason: `${EVIL} SIGKILL`, path: `${EVIL}.jpg` } as const;
    await Promise.all([
      writeRun(place.folder, {
        ...{ id: 'large', partitions: Array(PARTITIONS).fill(500), submittedMs: nowMs - 3 * 3_600_000 },
        ...{ committed: [], isDone: true, withTimeline: true, commitEveryMs: 500 },
        workers: Array.from({ length: 24 }, (_, at) => `worker-${at}`),
      }),
      writeRun(place.folder, {
        ...{ ...base, id: 'evil', images: `/${EVIL}`, label: EVIL, queue: `redis://${EVIL}:1 verger` },
        ...{ committed: [0, 1, 2, 5], workers: [EVIL, `${EVIL}\u202e`], quarantined: { 0: [`${EVIL}.jpg`] } },
        failures: [
          { ...failure, partition: 3 },
          { ...failure, partition: 4, permanent: true },
        ],
      }),
    ]);
    const storages = createStorages(async () => {
      throw new Error('no S3 here');
    });
    const clock = { monotonicMs: () => performance.now(), now: () => new Date().toISOString() };
    dashboard = await startDashboard({
      ...{ listen: '127.0.0.1:0', basePath: '/v', password: null, redisUrl: null, prefix: 'verger' },
      ...{ name: 'test', health: null, clock, logger: keepingLogger(), places: [place.folder], storages },
      ...{ storageFlags: [], program: 'verger', actions: undefined },
    });
    origin = new URL(dashboard.url).origin;
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await dashboard?.close();
    await remove?.();
  });

  /** Opens the page of a run, and waits for its stream. */
  const opened = async (id: string, options: Parameters<typeof openTab>[2] = {}) => {
    const tab = await openTab(browser, origin, options);
    await tab.page.goto(`${origin}/v/runs/${id}`);
    await tab.page.locator('#live[data-on]').waitFor({ timeout: 60_000 });
    return tab;
  };
  const took = async (page: Page, name: string) => {
    const entries = await page.evaluate(
      `performance.getEntriesByName('verger:${name}').map(({ duration }) => duration)`,
    );
    return (entries as number[]).sort((a, b) => a - b);
  };

  test('20,000 partitions: the pointer and the wheel are followed within a frame', async () => {
    const { page, faults, close } = await opened('large', { viewport: { width: 390, height: 844 } });
    const grid = page.locator('.grid-box');
    await grid.scrollIntoViewIfNeeded();
    const box = await grid.boundingBox();
    assert.ok(box !== null);
    await page.evaluate('performance.clearMeasures()');
    for (let step = 0; step < 60; step += 1) {
      await page.mouse.move(box.x + 5 + step * 5, box.y + 10 + (step % 20) * 8);
      if (step % 3 === 0) await page.mouse.wheel(0, 60);
    }
    assert.match(await page.locator('.grid .tip').innerText(), /^Partition [\d,]+: projected/);
    assert.ok(Number(await page.evaluate(`document.querySelector('.grid-box').scrollTop`)) > 500);
    for (const name of ['hover', 'frame']) {
      const times = await took(page, name);
      assert.ok(times.length > 10, `${name}: ${times.length}`);
      // The median: the machine may be busy with others, which a mistake in the page would outlast.
      const median = times[Math.floor(times.length / 2)] ?? 0;
      assert.ok(median < MOST_MS, `${name}: ${median} ms, all: ${times.join(' ')}`);
    }
    assert.deepEqual(faults, []);
    await close();
  });

  test('the keyboard goes from cell to cell, opens one, and comes back', async () => {
    const { page, faults, close } = await opened('large');
    const said = page.locator('.grid [role=status]');
    await page.locator('.grid-box').focus();
    await page.keyboard.press('Control+End');
    assert.match(await said.innerText(), /^Partition 19,999: projected\. 500 images/);
    await page.keyboard.press('ArrowLeft');
    assert.match(await said.innerText(), /^Partition 19,998: /);
    await page.keyboard.press('Enter');
    const details = page.getByRole('region', { name: 'Partition 19,998: projected' });
    await details.getByText('500 listed, 500 extracted, 0 in quarantine').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate('document.activeElement.className'), 'grid-box');
    await page.keyboard.press('Enter');
    await details.getByRole('link', { name: 'Its row in the table' }).click();
    await page.waitForURL(/\?page=200#partition-19998$/);
    await page.locator('#partition-19998').waitFor();
    assert.deepEqual(faults, []);
    await close();
  });

  test('the rest of the page is fetched again around the live part, which keeps its focus and its place', async () => {
    const { page, close } = await opened('evil');
    await page.evaluate(`window.kept = [...document.querySelectorAll('#live canvas')]`);
    await page.locator('.grid-box').focus();
    await page.keyboard.press('ArrowRight');
    await page.evaluate(`document.getElementById('partitions-title').dataset.old = ''`);
    await page.evaluate(`document.dispatchEvent(new Event('verger:refresh'))`);
    await page.locator('#partitions-title:not([data-old])').waitFor();
    const isKept = `kept.length > 0 && kept.every((one) => one.isConnected && one.width > 0)`;
    assert.equal(await page.evaluate(isKept), true);
    assert.equal(await page.evaluate('document.activeElement.className'), 'grid-box');
    assert.equal(await page.locator('#live').count(), 1);
    assert.equal(await page.locator('main > .still').first().isVisible(), false, 'the live part says it');
    await close();
  });

  test('markup in names, hosts and reasons is text, and what is wrong is said', async () => {
    const { page, faults, close } = await opened('evil');
    await page.getByText('ran out of memory 2 times').first().waitFor();
    const cell = page.locator('.cell-buttons button').first();
    await cell.click();
    await page.getByRole('heading', { name: 'Partition 3: failed, retried' }).waitFor();
    assert.ok((await page.locator('#live').innerText()).includes(EVIL));
    assert.equal(await page.locator('img[src="x"], [onerror]').count(), 0);
    assert.deepEqual(faults, []);
    await close();
  });

  test('no serious fault of accessibility, light or dark; at 390 px nothing is wider than the window', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, close } = await opened('evil', { colorScheme, viewport: { width: 390, height: 844 } });
      await page.locator('.cell-buttons button').first().click();
      assert.deepEqual(await seriousFaults(page), [], colorScheme);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(wide) <= 390, `${wide}`);
      await close();
    }
    const { page, close } = await opened('evil');
    assert.deepEqual(await unreached(page), []);
    await close();
  });

  test('more tabs of one browser than it gives connections: all of them follow', async () => {
    const first = await opened('evil');
    const pages = [first.page];
    for (let at = 0; at < 7; at += 1) {
      const page = await first.page.context().newPage();
      await page.goto(`${origin}/v/runs/evil`);
      await page.locator('#live[data-on]').waitFor({ timeout: 30_000 });
      pages.push(page);
    }
    assert.equal(pages.length, 8);
    await first.close();
  });

  test('without scripts the page says the same in its tables', async () => {
    const { page, close } = await openTab(browser, origin, { javaScriptEnabled: false });
    await page.goto(`${origin}/v/runs/evil`);
    assert.equal(await page.locator('#live').isVisible(), false);
    await page.getByText('ran out of memory 2 times').waitFor();
    await page.getByRole('region', { name: /60 partitions/ }).waitFor();
    await close();
  });
});
