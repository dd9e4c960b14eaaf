/** The scatter of a report with 100,000 points under 131 labels, in a real browser, from a file. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { reportHtml } from '@verger/report';
import { temporaryFolder } from '@verger/testkit/cli';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { madeUpReport } from '../../packages/report/src/testing/made-up.ts';
import { seriousFaults } from './axe.ts';
import { browserSuite, openTab, startChromium, type Tab } from './chromium.ts';

const EVIL = '<img src=x onerror=hit()>';
const [POINTS, LABELS] = [100_000, 131];
/** What issue 17 asks for, milliseconds. */
const BOUNDS = { 'verger:hover': 16, 'verger:filter': 50, 'verger:frame': 50 };
/** A machine that does other things too is slower, but not by as much as a mistake is. */
const SLACK = 3;

browserSuite('the scatter of a report', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let browser: Browser;
  let url: string;
  let tab: Tab;

  const open = async (options: BrowserContextOptions = {}): Promise<Tab> => {
    // A file has no origin: whatever it asks for beside itself is a fault.
    const opened = await openTab(browser, 'none', { viewport: { width: 1280, height: 900 }, ...options });
    await opened.page.goto(url);
    // The page draws what comes near the window.
    await opened.page.evaluate(`document.getElementById('scatter').scrollIntoView()`);
    await opened.page.locator('#scatter .scatter-overlay').waitFor();
    assert.deepEqual(opened.faults, [`request to elsewhere: ${url}`]);
    opened.faults.length = 0;
    return opened;
  };
  before(async () => {
    [folder, browser] = await Promise.all([temporaryFolder(), startChromium()]);
    const size = { points: POINTS, rows: 1_000_000, labels: LABELS, hostile: EVIL };
    const file = join(folder.folder, 'report.html');
    await writeFile(file, await reportHtml(await madeUpReport(size)));
    url = pathToFileURL(file).href;
    tab = await open({ acceptDownloads: true });
  });
  after(async () => {
    await browser?.close();
    await folder?.remove();
  });
  beforeEach(async () => {
    tab.faults.length = 0;
    await tab.page.mouse.move(0, 0);
  });

  const scatter = () => tab.page.locator('#scatter');
  const across = () => scatter().locator('select').first();
  /** What a function in the page gives for an element of the scatter. */
  const of = async (selector: string, code: string) =>
    await tab.page.evaluate(`(${code})(document.querySelector('#scatter ${selector}'))`);
  const canvas = () => scatter().locator('.scatter-overlay');
  const button = (name: string | RegExp) => scatter().getByRole('button', { name, exact: true });
  const row = (label: number) =>
    scatter().locator('.scatter-row', { hasText: `label ${String(label).padStart(3, '0')}` });
  const shown = async (label: number) => await row(label).getAttribute('aria-pressed');
  const live = async () => await scatter().locator('.scatter-live').innerText();
  const boxOf = async (one: Tab = tab) => {
    // Other parts of the page come later and move it.
    await one.page.evaluate(`document.querySelector('.scatter').scrollIntoView()`);
    const box = await one.page.locator('#scatter .scatter-overlay').boundingBox();
    assert.ok(box !== null);
    return box;
  };
  /** Waits for something to hold in the page; its policy takes no `waitForFunction`. */
  const inPage = async (condition: string) => {
    const end = performance.now() + 20_000;
    while (!(await tab.page.evaluate(condition))) {
      assert.ok(performance.now() < end, `waited in vain for: ${condition.slice(0, 200)}`);
    }
  };
  const frames = async () =>
    Number(await tab.page.evaluate(`performance.getEntriesByName('verger:frame').length`));
  /** Waits until more frames have been drawn than before. */
  const framed = async (before: number) => {
    await inPage(`performance.getEntriesByName('verger:frame').length > ${before}`);
  };
  const isWhole = async () => (await of('.scatter-overlay', '(one) => one.style.touchAction')) === 'pan-y';
  const assertCalm = () => assert.deepEqual(tab.faults, []);

  test('says that its points are a sample, and which components it shows', async () => {
    await scatter().getByText('100,000 of 1,000,000 rows, an even sample').first().waitFor();
    assert.match((await canvas().getAttribute('aria-label')) ?? '', /131 labels: PC 1 \(16\.0 %\) across/);
    const before = await frames();
    await across().selectOption({ label: 'PC 10 (3.3 %)' });
    assert.match((await canvas().getAttribute('aria-label')) ?? '', /PC 10 \(3\.3 %\) across, PC 2/);
    await framed(before);
    await across().selectOption({ label: 'PC 1 (16.0 %)' });
    assertCalm();
  });

  test('hover shows a card: photograph, path, label, nearest labels; a click pins it', async () => {
    const { page } = tab;
    const { x, y, width, height } = await boxOf();
    const card = scatter().locator('.scatter-card');
    for (let step = 0; step < 40; step += 1) {
      await page.mouse.move(x + width * 0.4 + step * 5, y + height * 0.5 + (step % 7) * 9);
    }
    await card.waitFor();
    assert.match(await card.innerText(), /<img src=x onerror=hit\(\)>label \d{3}\/image-\d{6}\.jpg/);
    assert.equal(await card.locator('li').count(), 3);
    const isDrawn = `(one) => one.getContext('2d').getImageData(48, 48, 1, 1).data[3] === 255`;
    assert.equal(await of('.scatter-card canvas', isDrawn), true);
    await page.mouse.click(x + width * 0.5, y + height * 0.5);
    assert.match(await live(), /pinned$/);
    await page.mouse.move(x + 5, y + 5);
    assert.equal(await card.isVisible(), true);
    await page.keyboard.press('Escape');
    assert.equal(await card.isVisible(), false);
    assertCalm();
  });

  test('the legend searches, hides, isolates, and shows all again', async () => {
    await scatter().getByText('131 of 131 shown').waitFor();
    await row(3).click();
    assert.equal(await shown(3), 'false');
    await scatter().getByText('130 of 131 shown').waitFor();
    await row(4).dblclick();
    await scatter().getByText('1 of 131 shown', { exact: true }).waitFor();
    assert.deepEqual([await shown(3), await shown(4)], ['false', 'true']);
    await row(4).dblclick();
    await scatter().getByText('131 of 131 shown').waitFor();
    await scatter().getByLabel('Search labels').fill('LABEL 12');
    await scatter().getByText('10 found, 131 of 131 shown').waitFor();
    assert.equal(await scatter().locator('.scatter-row').count(), 10);
    await button('none').click();
    await scatter().getByText('10 found, 121 of 131 shown').waitFor();
    await scatter().getByLabel('Search labels').press('Enter');
    await scatter().getByText('10 found, 10 of 131 shown').waitFor();
    await scatter().getByLabel('Search labels').fill('');
    await button('all').click();
    await scatter().getByText('131 of 131 shown').waitFor();
    assertCalm();
  });

  test('the legend by keyboard: arrows, Space, Shift+Enter, End', async () => {
    const { page } = tab;
    await row(0).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    assert.equal(await shown(1), 'false');
    await page.keyboard.press('Shift+Enter');
    await scatter().getByText('1 of 131 shown', { exact: true }).waitFor();
    await page.keyboard.press('Shift+Enter');
    await scatter().getByText('131 of 131 shown').waitFor();
    await page.keyboard.press('End');
    assert.match(String(await page.evaluate('document.activeElement.textContent')), /label 130/);
    assertCalm();
  });

  test('a lasso lists the paths inside, and saves all of them', async () => {
    const { page } = tab;
    const { x, y, width, height } = await boxOf();
    const at = (across: number, up: number) => [x + width * across, y + height * up] as const;
    await button(/^Lasso/).click();
    await scatter().getByText('Draw around points').waitFor();
    await page.mouse.move(...at(0.3, 0.3));
    await page.mouse.down();
    for (const [across, up] of [
      [0.6, 0.3],
      [0.6, 0.6],
      [0.3, 0.6],
    ] as const) {
      await page.mouse.move(...at(across, up), { steps: 5 });
    }
    await page.mouse.up();
    assert.equal(await button(/^Lasso/).getAttribute('aria-pressed'), 'false', 'one lasso at a time');
    const title = await scatter()
      .getByRole('heading', { name: /images chosen/ })
      .innerText();
    const count = Number(title.replaceAll(',', '').split(' ')[0]);
    assert.ok(count > 5_000 && count < POINTS, title);
    await scatter().getByText(`${title}, listed below`).click();
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'TEXTAREA');
    const list = await scatter().getByLabel('Paths of the chosen images').inputValue();
    assert.equal(list.trimEnd().split('\n').length, 5_000);
    const [download] = await Promise.all([page.waitForEvent('download'), button('Save as text').click()]);
    const saved = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
    assert.equal(saved.length, count);
    assert.equal(new Set(saved).size, count);
    assert.match(saved[0] ?? '', /^<img src=x onerror=hit\(\)>label \d{3}\/image-\d{6}\.jpg$/);
    await button('Clear').click();
    assert.equal(
      await scatter()
        .getByRole('heading', { name: /chosen/ })
        .count(),
      0,
    );
    assertCalm();
  });

  test('the list of what is in view does without a pointer', async () => {
    await row(130).dblclick();
    await button(/^List in view/).focus();
    await tab.page.keyboard.press('Enter');
    const title = await scatter()
      .getByRole('heading', { name: /chosen/ })
      .innerText();
    assert.equal(title, '763 images chosen');
    await button('Clear').click();
    await row(130).dblclick();
    assertCalm();
  });

  test('the keyboard walks points, says them, zooms and clears', async () => {
    const { page } = tab;
    await canvas().focus();
    const said = new Set<string>();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown', ']', ']', '[']) {
      await page.keyboard.press(key);
      said.add(await live());
    }
    assert.ok(said.size >= 6, [...said].join('\n'));
    for (const one of said) assert.match(one, /image-\d{6}\.jpg, label .*label \d{3}, PC 1 −?[\d.]+, PC 2 /);
    await page.keyboard.press('Enter');
    assert.match(await live(), /pinned$/);
    assert.equal(await isWhole(), true);
    await page.keyboard.press('+');
    assert.equal(await isWhole(), false);
    await page.keyboard.press('0');
    assert.equal(await isWhole(), true);
    await page.keyboard.press('Escape');
    assert.equal(await live(), '');
    assertCalm();
  });

  test('the wheel zooms, a drag pans, a double click shows all', async () => {
    const { page } = tab;
    const { x, y, width, height } = await boxOf();
    const middle = [x + width / 2, y + height / 2] as const;
    await canvas().focus();
    await page.mouse.move(...middle);
    for (let turn = 0; turn < 8; turn += 1) {
      const before = await frames();
      await page.mouse.wheel(0, -120);
      await framed(before);
    }
    assert.equal(await isWhole(), false);
    const picture = async () => String(await of('.scatter-base', PICTURE));
    const before = await picture();
    await page.mouse.down();
    await page.mouse.move(middle[0] + 120, middle[1] + 60, { steps: 12 });
    await page.mouse.up();
    await inPage(`(${PICTURE})(document.querySelector('.scatter-base')) !== '${before}'`);
    await page.mouse.dblclick(...middle);
    assert.equal(await isWhole(), true);
    await page.keyboard.press('Escape');
    assertCalm();
  });

  test('a page that is scrolled by the wheel is not caught by the plot', async () => {
    const { page } = tab;
    await page.evaluate(`document.activeElement.blur(); window.scrollTo(0, 0)`);
    await page.mouse.move(600, 450);
    const before = await frames();
    const isPast = `document.querySelector('.scatter').getBoundingClientRect().bottom < 450`;
    const end = performance.now() + 20_000;
    while (!(await page.evaluate(isPast))) {
      assert.ok(performance.now() < end, 'the page does not scroll past the plot');
      await page.mouse.wheel(0, -120);
      await page.mouse.wheel(0, 360);
    }
    assert.deepEqual([await frames(), await isWhole()], [before, true]);
    assertCalm();
  });
  /** A short text that changes with the picture of a canvas. */
  const PICTURE = `(one) => {
    let sum = 0;
    const { data } = one.getContext('2d').getImageData(0, 0, one.width, one.height);
    for (let at = 0; at < data.length; at += 4) sum = (Math.imul(sum, 31) + data[at]) | 0;
    return String(sum);
  }`;

  test('dark follows the system at once; paper is light, without controls, with the labels', async () => {
    const { page } = tab;
    const corner = async () => String(await of('.scatter-base', CORNER));
    assert.equal(await corner(), '255,255,255');
    await page.emulateMedia({ colorScheme: 'dark' });
    await inPage(`(${CORNER})(document.querySelector('.scatter-base')) === '26,31,28'`);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    await scatter().locator('.scatter-printed li').nth(130).waitFor();
    assert.equal(await corner(), '255,255,255');
    for (const part of ['.scatter-bar', '.scatter-legend', '.scatter-live']) {
      assert.equal(await scatter().locator(part).first().isVisible(), false, part);
    }
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
    assertCalm();
  });
  const CORNER = `(one) => one.getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3).join()`;

  test('on a phone the legend is folded below, and a tap shows the card', async () => {
    const phone = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { page } = phone;
    const { x, y, width, height } = await boxOf(phone);
    await page.touchscreen.tap(x + width * 0.5, y + height * 0.5);
    await page.locator('.scatter-card').waitFor();
    const devtools = await page.context().newCDPSession(page);
    const fingers = (apart: number) =>
      [-apart, apart].map((by, id) => ({ x: x + width / 2 + by, y: y + height / 2, id }));
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(20) });
    for (const apart of [30, 45, 60, 80]) {
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
    }
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    const zoomed = `document.querySelector('.scatter-overlay').style.touchAction === 'none'`;
    assert.equal(await page.evaluate(zoomed), true);
    assert.equal(await page.locator('.scatter-row').first().isVisible(), false);
    await page.locator('.scatter-legend > summary').click();
    await page.locator('.scatter-row').first().waitFor();
    const legend = await page.locator('.scatter-legend').boundingBox();
    assert.ok((legend?.y ?? 0) >= (await boxOf(phone)).y + height);
    const [wide, seen] = (await page.evaluate(
      `[document.querySelector('.scatter').scrollWidth, innerWidth]`,
    )) as [number, number];
    assert.ok(wide <= seen, `${wide} > ${seen}`);
    assert.deepEqual(phone.faults, []);
    await phone.close();
  });

  test('markup in labels and paths is text', async () => {
    const planted = `document.querySelectorAll('#scatter [src], #scatter [onerror]').length`;
    assert.equal(await tab.page.evaluate(planted), 0);
    assert.match(await row(130).innerText(), /^<img src=x onerror=hit\(\)>label 130/);
  });

  test('no serious fault of accessibility, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme });
      assert.deepEqual(await seriousFaults(tab.page), [], colorScheme);
    }
    await tab.page.emulateMedia({ colorScheme: 'light' });
  });

  test('hover, filter and frames take what they may', async (t) => {
    for (const [name, bound] of Object.entries(BOUNDS)) {
      const code = `performance.getEntriesByName('${name}').map(({ duration }) => duration)`;
      const times = ((await tab.page.evaluate(code)) as number[]).sort((a, b) => a - b);
      const median = times[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY;
      const slow = times.filter((one) => one > bound).length;
      t.diagnostic(
        `${name}: median ${median.toFixed(1)} ms, most ${times.at(-1)?.toFixed(1)} ms, ` +
          `${slow} of ${times.length} over ${bound} ms`,
      );
      assert.ok(median < bound * SLACK, `${name}: ${median} ms`);
    }
  });
});
