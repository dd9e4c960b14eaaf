/**
 * The pictures of the README: `npm run screenshots`. Makes some runs on real workers, and takes the list and
 * the page of one of them into `docs/images`, 1200 px wide.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countIn } from '@verger/testkit/cluster';
import { plantOrchard } from '@verger/testkit/images';
import { until } from '@verger/testkit/processes';
import { logIn, openTab, startChromium } from './chromium.ts';
import { PASSWORD, type Site, startSite } from './site.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const MOST_BYTES = 200_000;

/** Three runs that are done, one cancelled, one under way. */
async function makeRuns(site: Site): Promise<void> {
  const { folder, output } = site;
  const orchards = { apples: 2, pears: 3, 'spring-2026': 6, 'autumn-2026': 10 };
  for (const [name, kinds] of Object.entries(orchards)) {
    await plantOrchard(join(folder, name), { kinds, views: 24, broken: name !== 'apples' });
  }
  const submit = async (name: string, images: string, partitions: number) =>
    await site.submit(join(folder, images), { name, partitions });
  await submit('pears-cancelled', 'pears', 8);
  await site.verger(['cancel', join(output, 'pears-cancelled')]);
  const [worker] = await Promise.all([site.serve('worker'), site.serve('reducer'), site.serve('worker')]);
  await submit('apples', 'apples', 4);
  await submit('pears', 'pears', 4);
  await submit('spring-2026', 'spring-2026', 8);
  for (const name of ['apples', 'pears', 'spring-2026']) {
    await site.verger(['status', join(output, name), '--watch']);
  }
  await submit('autumn-2026', 'autumn-2026', 16);
  await until('a third is committed', () => countIn(join(output, 'autumn-2026'), 'commits') >= 6);
  worker.child.kill('SIGSTOP');
}

const site = await startSite();
const browser = await startChromium();
try {
  await makeRuns(site);
  const { origin } = await site.dashboard({ places: [site.output] });
  const { page } = await openTab(browser, origin, { colorScheme: 'light' });
  await logIn(page, origin, PASSWORD);
  await mkdir(FOLDER, { recursive: true });
  await page.setViewportSize({ width: 1200, height: 560 });
  const take = async (name: string) => {
    const path = join(FOLDER, name);
    await page.screenshot({ path });
    const { size } = await stat(path);
    console.log(`${path}: ${size} bytes`);
    if (size > MOST_BYTES) process.exitCode = 1;
  };
  await page.goto(`${origin}/runs`);
  await page.waitForFunction(`!/not read yet|reading/.test(document.body.innerText)`);
  await take('runs.png');
  await page.goto(`${origin}/runs/autumn-2026`);
  await page.waitForFunction(`/Read from storage/.test(document.body.innerText)`);
  await page.setViewportSize({ width: 1200, height: 1000 });
  await take('run.png');
} finally {
  await browser.close();
  await site.close();
}
