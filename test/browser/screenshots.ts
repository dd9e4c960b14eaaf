/**
 * The pictures of the README: `npm run screenshots`. Makes some runs on real workers and S3, with the
 * weights of ../shared (untrained where it is absent), and takes into `docs/images`: the list of runs, the
 * live page of one (dark), and the HTML report of another (light). 1200 px wide.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RUN_FILES } from '@verger/core';
import { countIn } from '@verger/testkit/cluster';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import { sharedFolder } from '@verger/testkit/shared';
import type { Page } from 'playwright-core';
import { logIn, openTab, startChromium } from './chromium.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const MOST_BYTES = 200_000;

const WEIGHTS = `${sharedFolder}/model/mobilenetv2_imagenet_no_top.h5`;
const env: Record<string, string> =
  sharedFolder === undefined
    ? { VERGER_WEIGHTS: 'untrained' }
    : { VERGER_WEIGHTS: WEIGHTS, VERGER_CUSTOM_WEIGHTS: '1' };
const PLAN = ['--max-bad', '1'];

/** Three runs that are done, one cancelled, one under way. */
async function makeRuns(site: Site): Promise<void> {
  const { folder, output } = site;
  const orchards = { apples: 2, pears: 3, 'spring-2026': 6, 'autumn-2026': 12 };
  for (const [name, kinds] of Object.entries(orchards)) {
    const drawn = join(folder, name);
    await plantOrchard(drawn, { kinds, views: kinds * 5, broken: name !== 'apples' });
    await site.verger(['sample', drawn, '--output', `s3://photos/${name}`, '--fraction', '1']);
  }
  const submit = async (name: string, images: string, partitions: number) =>
    await site.submit(`s3://photos/${images}`, { name, partitions, plan: PLAN });
  await submit('pears-first-try', 'pears', 8);
  await site.verger(['cancel', `${output}/pears-first-try`]);
  await Promise.all([site.serve('worker'), site.serve('reducer'), site.serve('worker')]);
  await submit('apples', 'apples', 4);
  await submit('pears', 'pears', 4);
  await submit('spring-2026', 'spring-2026', 8);
  for (const name of ['apples', 'pears', 'spring-2026']) {
    await site.verger(['status', `${output}/${name}`, '--watch']);
  }
  await submit('autumn-2026', 'autumn-2026', 20);
  const run = join(site.s3?.folder('results') ?? '', 'autumn-2026');
  await until('a third is committed', () => countIn(run, 'commits') >= 7);
}

/** Brings the scatter to the top of the window and shows the card of a point. */
async function hoverAtPoint(page: Page): Promise<void> {
  const top = "document.getElementById('scatter').getBoundingClientRect().top";
  await page.evaluate(`scrollTo(0, ${top} + scrollY - 110)`);
  const box = await page.locator('#scatter canvas').first().boundingBox();
  if (box === null) throw new Error('the scatter has no size');
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.4);
  await page.waitForTimeout(500);
}

const site = await startSite({ onS3: true, env });
const browser = await startChromium();
try {
  const { origin } = await site.dashboard({ places: [site.output] });
  const { page } = await openTab(browser, origin, { colorScheme: 'light' });
  await logIn(page, origin, PASSWORD);
  await makeRuns(site);
  await mkdir(FOLDER, { recursive: true });
  await page.setViewportSize({ width: 1200, height: 640 });
  const take = async (name: string) => {
    const path = join(FOLDER, name);
    await page.screenshot({ path });
    const { size } = await stat(path);
    console.log(`${path}: ${size} bytes`);
    if (size > MOST_BYTES) process.exitCode = 1;
  };
  /** Opens a page again and again until it says that. */
  const openedWith = async (path: string, words: RegExp) => {
    for (let tries = 0; tries < 60; tries += 1) {
      await page.goto(`${origin}${path}`);
      if (words.test(await page.innerText('main'))) return;
      await page.waitForTimeout(250);
    }
    throw new Error(`${path} never said ${words}`);
  };
  await openedWith('/runs', /[1-9]\d* active.*autumn-2026[^%]*?[1-9]\d* % · extract/s);
  await take('runs.png');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 1200, height: 1100 });
  await openedWith('/runs/autumn-2026', /[5-9] of 20 partitions/);
  await page.locator('canvas').first().waitFor();
  await page.waitForTimeout(1500); // a second commit, for the rate
  await take('live.png');

  await site.verger(['status', `${site.output}/autumn-2026`, '--watch']);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1200, height: 900 });
  const report = join(site.s3?.folder('results') ?? '', 'autumn-2026', RUN_FILES.htmlReport);
  await page.goto(pathToFileURL(report).href);
  await page.locator('#scatter canvas').first().waitFor();
  await hoverAtPoint(page);
  await take('report.png');
} finally {
  await browser.close();
  await site.close();
}
