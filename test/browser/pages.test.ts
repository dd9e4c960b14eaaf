/** The pages of a dashboard in a real browser: nothing breaks, nothing leaves the machine. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { plantOrchard } from '@verger/testkit/images';
import type { Browser } from 'playwright-core';
import { browserSuite, logIn, openTab, startChromium, type Tab } from './chromium.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

browserSuite('pages in a browser', () => {
  let site: Site;
  let browser: Browser;
  let origin: string;
  let tab: Tab;

  before(async () => {
    [site, browser] = await Promise.all([startSite(), startChromium()]);
    const images = join(site.folder, 'orchard');
    await plantOrchard(images, { kinds: 3, views: 3, broken: true });
    await site.submit(images, { name: 'orchard', partitions: 4 });
    ({ origin } = await site.dashboard({ places: [site.output] }));
    tab = await openTab(browser, origin);
    await logIn(tab.page, origin, PASSWORD);
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  test('the list shows the run', async () => {
    await tab.page.goto(`${origin}/runs`);
    await tab.page.getByRole('link', { name: 'orchard' }).waitFor();
    assert.deepEqual(tab.faults, []);
  });
});
