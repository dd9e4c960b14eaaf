/** A run that is followed in its page, through what can happen to the cluster. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { countIn } from '@verger/testkit/cluster';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import type { Browser } from 'playwright-core';
import { browserSuite, logIn, openTab, startChromium, type Tab } from './chromium.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

const PATIENCE = { timeout: 60_000 };

browserSuite('a live run in a browser', () => {
  let site: Site;
  let browser: Browser;
  let tab: Tab;
  before(async () => {
    [site, browser] = await Promise.all([startSite(), startChromium()]);
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  test('its page tells the whole story, without a reload, to _SUCCESS', async () => {
    const images = join(site.folder, 'orchard');
    await plantOrchard(images, { kinds: 6, views: 16, broken: true });
    const { origin } = await site.dashboard({ places: [site.output] });
    await site.submit(images, { name: 'live', partitions: 8 });
    tab = await openTab(browser, origin);
    const { page } = tab;
    await logIn(page, `${origin}/runs/live`, PASSWORD);
    await page.evaluate('window.isFirstLoad = true');
    const shows = (text: string | RegExp) => page.getByText(text).first().waitFor(PATIENCE);
    await page.locator('#live[data-connected]').waitFor(PATIENCE);
    await shows(/^As of \d\d:\d\d:\d\d UTC$/);
    await shows('No worker is alive');
    await shows('The reducer is not running');

    const run = join(site.output, 'live');
    const killed = await site.serve('worker');
    await until('a partition is committed', () => countIn(run, 'commits') > 0);
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.ok(countIn(run, 'commits') < 8, 'the worker was killed under way');
    await shows(/[1-7] of 8 partitions/);
    await shows(/is silent: its last sign of life was at/);

    // What is shown is there again after a reload: from storage, but for who is there now.
    await page.reload();
    await page.evaluate('window.isFirstLoad = true');
    await page.locator('#live[data-connected]').waitFor(PATIENCE);
    await shows(/^On average [\d.]+\/s/);
    await page.locator('.grid-legend').getByText('committed').waitFor(PATIENCE);
    const committed = Number(
      await page.locator('.grid-legend li', { hasText: 'committed' }).locator('b').innerText(),
    );
    assert.ok(committed > 0 && committed < 8);

    await site.redis.kill();
    await shows('Waiting for Redis since');
    await site.redis.restart({ keepData: true });
    await page
      .getByText('Waiting for Redis since')
      .first()
      .waitFor({ state: 'hidden', ...PATIENCE });

    await Promise.all([site.serve('worker'), site.serve('reducer')]);
    await page.locator('.head .badge').getByText('done', { exact: true }).waitFor({ timeout: 90_000 });
    await shows('The run is finished.');
    await shows('8 of 8 partitions');
    const projected = page.locator('.grid-legend li', { hasText: 'projected' }).locator('b');
    assert.equal(await projected.innerText(), '8');
    await shows(/keep .* of the variance/);
    await shows('verger verify');
    assert.ok(existsSync(join(run, '_SUCCESS')));
    assert.equal(await page.evaluate('window.isFirstLoad'), true, 'the page was not loaded again since');
    assert.deepEqual(tab.faults, []);
  });

  test('its jobs, their flow and the way back are in Bull Board', async () => {
    const { page } = tab;
    await page.getByText('Table of 8 partitions').click();
    await page.getByRole('link', { name: 'Job of partition 0' }).click();
    const [run] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: 'Run', exact: true }).click(),
    ]);
    await run.getByRole('heading', { name: 'Run live' }).waitFor();
    await page.goto(`${new URL(page.url()).origin}/queues/queue/verger-reduce?status=completed`);
    await page.getByRole('link', { name: /e0001-reduce$/ }).click();
    // The flow: the reduce job, and the jobs that it has waited for.
    await page.getByLabel('Expand the flow to fullscreen').click();
    await page.locator('.react-flow__node').nth(8).waitFor({ state: 'attached' });
    assert.deepEqual(tab.faults, []);
  });
});
