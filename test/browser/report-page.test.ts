/** `report.html` in a real browser, from a file: it works, it asks for nothing, and hostile text is text. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type ReportData, reportHtml } from '@verger/report';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type MadeUp, madeUpReport } from '../../packages/report/src/testing/made-up.ts';
import { seriousFaults } from './axe.ts';
import { browserSuite, openTab, startChromium, type Tab } from './chromium.ts';
import { unreached } from './keyboard.ts';

const SECTIONS = [
  ...[
    'summary',
    'counts',
    'projection',
    'variance',
    'components',
    'labels',
    'confusion',
    'odd',
    'duplicates',
  ],
  ...['quarantine', 'time', 'details', 'commands', 'load'],
];
const EVIL = '</script><img src=x onerror=hit()><!--"\'& \u202e';

browserSuite('report.html in a browser', () => {
  let browser: Browser;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verger-report-'));
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes the page of a run; gives its address. */
  const pageOf = async (name: string, size: MadeUp, change = (data: ReportData) => data) => {
    const file = join(folder, `${name}.html`);
    await writeFile(file, await reportHtml(change(await madeUpReport(size))));
    return pathToFileURL(file).href;
  };
  /** Opens a page in a tab of its own until its script is done; whatever it asks for is a fault. */
  const open = async (url: string, options: BrowserContextOptions = {}): Promise<Tab> => {
    const tab = await openTab(browser, 'null', options);
    tab.page.on('request', (request) => {
      if (request.url() !== url && !/^(data|blob):/.test(request.url())) tab.faults.push(request.url());
    });
    tab.page.setDefaultTimeout(10_000);
    await tab.page.goto(url);
    await tab.page.locator('html[data-ready]').waitFor();
    return tab;
  };
  const sections = async ({ page }: Tab) =>
    (await page.evaluate(`[...document.querySelectorAll('main > section')].map(({ id }) => id)`)) as string[];
  const sizes: Readonly<Record<string, MadeUp>> = {
    few: { points: 480, labels: 24 },
    many: { points: 2_620, labels: 131, partitions: 400, workers: 12 },
    most: {
      ...{ points: 10_000, rows: 1_000_000, labels: 1_000, partitions: 20_000, workers: 200 },
      withoutPictures: true,
    },
  };

  for (const [name, size] of Object.entries(sizes)) {
    test(`a run of ${size.labels} labels: every section, every chart, no fault`, async () => {
      const tab = await open(await pageOf(name, size));
      assert.deepEqual(await sections(tab), SECTIONS);
      for (const id of ['scatter', 'variance-chart', 'heatmap', 'timeline']) {
        await tab.page.locator(`#${id}`).scrollIntoViewIfNeeded();
        await tab.page.locator(`#${id} canvas`).first().waitFor();
      }
      await tab.page.locator('#odd').scrollIntoViewIfNeeded();
      if (size.withoutPictures !== true) await tab.page.locator('#odd canvas[data-drawn]').first().waitFor();
      assert.equal(await tab.page.locator('#odd canvas').count(), size.withoutPictures === true ? 0 : 24);
      assert.deepEqual(tab.faults, []);
      await tab.close();
    });
  }

  test('hostile texts stay texts, and the policy holds', async () => {
    const tab = await open(await pageOf('evil', { points: 60, labels: 4, hostile: EVIL }));
    assert.deepEqual(await sections(tab), SECTIONS);
    await tab.page.locator('#label-search').fill('img');
    await tab.page.getByRole('button', { name: 'Images', exact: true }).click();
    const planted = `document.querySelectorAll('img[src="x"], [onerror]').length`;
    assert.equal(await tab.page.evaluate(planted), 0);
    assert.match(await tab.page.innerText('#labels'), /<img src=x onerror=hit\(\)>/);
    assert.doesNotMatch(await tab.page.innerText('body'), /\u202e/);
    assert.deepEqual(tab.faults, []);
    const blocked = (await tab.page.evaluate(`new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
    })`)) as string;
    assert.equal(blocked, 'img-src');
    await tab.close();
  });

  test('without points, pictures and timeline the sections say so', async () => {
    const url = await pageOf('nothing', { points: 40, labels: 1, withoutPictures: true }, (data) => ({
      ...data,
      points: null,
      facts: {
        ...data.facts,
        ...{ timeline: null, components: [], pairs: [], odd: [], labels: [], variance: [] },
        noPictures: 'There are no pictures: the reducer may not read the images.',
        report: { ...data.facts.report, pca: null, extracted: 0, quarantined: data.facts.report.listed },
      },
    }));
    const tab = await open(url);
    assert.deepEqual(await sections(tab), SECTIONS);
    const text = await tab.page.innerText('main');
    for (const sentence of [/may not read the images/, /no projection/, /no timeline/i, /no PCA/]) {
      assert.match(text, sentence);
    }
    assert.deepEqual(tab.faults, []);
    await tab.close();
  });

  test('labels are sorted, searched, and all of them shown when asked for', async () => {
    const { page, faults, close } = await open(await pageOf('labels', { points: 2_000, labels: 250 }));
    const rows = page.locator('#label-table tbody tr');
    assert.equal(await rows.count(), 200);
    await page.getByRole('button', { name: 'Spread' }).click();
    const spreads = (await page.locator('#label-table tbody td:nth-child(3)').allInnerTexts()).map(Number);
    assert.deepEqual(
      spreads,
      spreads.toSorted((a, b) => b - a),
    );
    assert.equal(await page.locator('th[data-key="spread"]').getAttribute('aria-sort'), 'descending');
    await page.getByRole('button', { name: 'Show all 250' }).click();
    assert.equal(await rows.count(), 250);
    await page.locator('#label-search').fill('9 LABEL 0');
    assert.equal(await rows.count(), 22);
    await page.locator('#label-table canvas[data-drawn]').first().waitFor();
    assert.deepEqual(faults, []);
    await close();
  });

  test('heat map and timeline answer to pointer and keyboard', async () => {
    const { page, faults, close } = await open(await pageOf('charts', { points: 480, labels: 24 }));
    const tip = (id: string) => page.locator(`#${id} .tip`);
    const heat = page.locator('#heatmap canvas').first();
    await page.locator('#heatmap').scrollIntoViewIfNeeded();
    const box = await heat.boundingBox();
    assert.ok(box !== null);
    await heat.hover({ position: { x: box.width - 4, y: box.height - 4 } });
    assert.match(await tip('heatmap').innerText(), /label \d+: nearest to its own centroid/);
    await heat.focus();
    await page.keyboard.press('PageDown');
    assert.match(await tip('heatmap').innerText(), /label \d+ mistaken for label \d+/);
    assert.match(await page.locator('#heatmap [role=status]').innerText(), /mistaken for/);
    const bars = page.locator('#timeline canvas[tabindex]');
    await page.locator('#timeline').scrollIntoViewIfNeeded();
    await bars.scrollIntoViewIfNeeded();
    const place = await bars.boundingBox();
    assert.ok(place !== null);
    await bars.hover({ position: { x: place.width * 0.2, y: 10 } });
    assert.match(await tip('timeline').innerText(), /Partition \d+,.* s[\s\S]*worker-0[\s\S]*attempt/);
    await bars.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#timeline [role=status]').innerText(), /Partition \d+/);
    assert.deepEqual(faults, []);
    await close();
  });

  test('a command is copied, or selected where the browser does not let it', async () => {
    const { page, faults, close } = await open(await pageOf('copy', { points: 40, labels: 2 }));
    const button = page.getByRole('button', { name: 'Copy: pandas' });
    await button.click();
    await page.waitForFunction(
      `/Copied|Selected/.test(document.querySelector('[data-copy="code-pandas"]').textContent)`,
    );
    assert.deepEqual(faults, []);
    await close();
  });

  test('20,000 partitions on 200 workers: hover and zoom take less than 50 ms a frame', async () => {
    const { page, faults, close } = await open(
      await pageOf('large', sizes['most'] ?? { points: 1, labels: 1 }),
    );
    const bars = page.locator('#timeline canvas[tabindex]');
    await page.locator('#timeline').scrollIntoViewIfNeeded();
    await bars.scrollIntoViewIfNeeded();
    await bars.focus();
    const place = await bars.boundingBox();
    assert.ok(place !== null);
    const found = () => page.evaluate(MEASURES) as Promise<Record<string, number[]>>;
    await page.evaluate('performance.clearMeasures()');
    for (let step = 1; step < 20; step += 1) {
      await page.mouse.move(place.x + place.width * (0.25 + step / 30), place.y + 20 + step * 9);
      if (step % 4 === 0) await page.keyboard.press('+');
    }
    await page.waitForFunction(`performance.getEntriesByName('verger:frame').length >= 4`);
    const times = await found();
    const median = (name: string) =>
      (times[name] ?? []).toSorted((a, b) => a - b)[Math.floor((times[name] ?? []).length / 2)];
    assert.ok((median('verger:frame') ?? 1e9) < 50, `frames: ${times['verger:frame']}`);
    assert.ok((median('verger:hover') ?? 1e9) < 16, `hover: ${times['verger:hover']}`);
    assert.deepEqual(faults, []);
    await close();
  });
  const MEASURES = `Object.fromEntries(['verger:frame', 'verger:hover'].map((name) =>
    [name, performance.getEntriesByName(name).map(({ duration }) => duration)]))`;

  test('printed: all sections open, all canvases drawn, light colours, headings in the PDF', async () => {
    const tab = await open(await pageOf('print', { points: 480, labels: 24 }), { colorScheme: 'dark' });
    await tab.page.evaluate(`addEventListener('beforeprint', () => { window.seen = (${SEEN})(); })`);
    const pdf = await tab.page.pdf({ format: 'A4', outline: true, tagged: true });
    assert.deepEqual(await tab.page.evaluate('window.seen'), {
      closed: 0,
      undrawn: 0,
      charts: 4,
      page: '#ffffff',
    });
    const text = pdf.toString('latin1');
    for (const heading of ['Summary', 'Labels mistaken for each other', 'Load the results']) {
      assert.ok(text.includes(heading), heading);
    }
    await tab.page.emulateMedia({ media: 'print' });
    // In a PDF a clear canvas is white: it would hide the chart below it.
    for (const over of ['.timeline-over', '.scatter-overlay', '.contents', '.chart-tools', '[data-copy]']) {
      assert.equal(await tab.page.locator(over).first().isVisible(), false, over);
    }
    assert.equal(await tab.page.locator('html.printing').count(), 0);
    assert.ok((await tab.page.locator('main details:not([open])').count()) > 0, 'closed again');
    assert.deepEqual(tab.faults, []);
    await tab.close();
  });
  const SEEN = `() => ({
    closed: document.querySelectorAll('main > section details.more:not([open])').length,
    undrawn: document.querySelectorAll('canvas:is([data-tile], [data-tiles]):not([data-drawn])').length,
    charts: ['scatter', 'variance-chart', 'heatmap', 'timeline']
      .filter((id) => document.querySelector('#' + id + ' canvas') !== null).length,
    page: getComputedStyle(document.documentElement).getPropertyValue('--page').trim(),
  })`;

  test('no serious fault of accessibility, light and dark, and everything is reached by Tab', async () => {
    const url = await pageOf('axe', { points: 240, labels: 12 });
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, close } = await open(url, { colorScheme });
      await page.evaluate(`for (const one of document.querySelectorAll('main details')) one.open = true`);
      for (const id of ['scatter', 'variance-chart', 'heatmap', 'timeline']) {
        await page.locator(`#${id}`).scrollIntoViewIfNeeded();
        await page.locator(`#${id} canvas`).first().waitFor();
      }
      assert.deepEqual(await seriousFaults(page), [], colorScheme);
      if (colorScheme === 'light') assert.deepEqual(await unreached(page), []);
      await close();
    }
  });

  test('at 390 px, and with letters twice as large, the page does not scroll sideways', async () => {
    const url = await pageOf('phone', {
      points: 480,
      labels: 24,
      hostile: 'averylongnamewithoutanyspace'.repeat(3),
    });
    const tab = await open(url, { viewport: { width: 390, height: 844 } });
    for (const letters of ['100%', '200%']) {
      await tab.page.evaluate(`document.documentElement.style.fontSize = '${letters}'`);
      for (const id of SECTIONS) {
        await tab.page.locator(`section#${id}`).scrollIntoViewIfNeeded();
        assert.equal(
          await tab.page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          ),
          0,
          `${id}, ${letters}`,
        );
      }
    }
    assert.deepEqual(tab.faults, []);
    await tab.close();
  });
});
