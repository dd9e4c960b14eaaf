/**
 * The scatter as the dashboard mounts it: whole photographs, isolated from outside, removed without a trace.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { embedData, STYLE } from '@verger/report';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { madeUpReport } from '../../packages/report/src/testing/made-up.ts';
import { browserSuite, openTab, startChromium, type Tab } from './chromium.ts';

const SOURCE = fileURLToPath(new URL('../../packages/report/src', import.meta.url));
const PICTURE = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** A script that gives the page what the live page has. */
async function bundle(): Promise<string> {
  const contents = `
    import { readEmbedded } from '${SOURCE}/data/embed.ts';
    import { mountScatter } from '${SOURCE}/browser/scatter/mount-scatter.ts';
    import { openSprites } from '${SOURCE}/browser/sprites.ts';
    Object.assign(globalThis, { readEmbedded, mountScatter, openSprites });`;
  const { outputFiles } = await build({
    ...{ bundle: true, write: false, format: 'iife', external: ['node:*'], conditions: ['verger-source'] },
    stdin: { contents, resolveDir: SOURCE, loader: 'ts' },
  });
  return outputFiles[0]?.text ?? '';
}

browserSuite('a mounted scatter', () => {
  let browser: Browser;
  let tab: Tab;

  before(async () => {
    browser = await startChromium();
    tab = await openTab(browser, 'none');
    const [script, data] = await Promise.all([
      bundle(),
      madeUpReport({ points: 2_000, labels: 60 }).then(embedData),
    ]);
    await tab.page.setContent(
      `<!doctype html><title>Run</title><style>${STYLE}</style><main id="place"></main>`,
    );
    await tab.page.evaluate(script);
    await tab.page.evaluate(`(async () => {
      const { points, facts, sprites } = await readEmbedded('${data}');
      globalThis.asked = [];
      const photographUrl = (path) => (asked.push(path), '${PICTURE}');
      globalThis.mount = async () => {
        const { labels, variance } = facts;
        const opened = await openSprites(sprites);
        globalThis.scatter = mountScatter(document.getElementById('place'),
          { points, labels, variance, sprites: opened, photographUrl });
      };
      await mount();
    })()`);
  });
  after(async () => {
    await browser?.close();
  });

  test('a point that is looked at has its whole photograph in the card, asked for once', async () => {
    const { page } = tab;
    await page.locator('.scatter-overlay').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.scatter-picture.whole img').waitFor();
    const [path] = (await page.evaluate('asked')) as string[];
    assert.match(path ?? '', /^label \d{3}\/image-\d{6}\.jpg$/);
    assert.match(await page.locator('.scatter-card').innerText(), new RegExp(path ?? '-'));
    assert.equal(await page.evaluate('asked.length'), 1);
  });

  test('labels are isolated from outside, and all shown again', async () => {
    const { page } = tab;
    await page.evaluate('scatter.isolate([3, 5])');
    await page.getByText('2 of 60 shown').waitFor();
    await page.evaluate('scatter.isolate(null)');
    await page.getByText('60 of 60 shown').waitFor();
  });

  test('destroyed, it leaves nothing on the page and is kept by nothing', async () => {
    const { page } = tab;
    await page.evaluate(`globalThis.gone = new WeakRef(document.querySelector('.scatter'))`);
    await page.evaluate('scatter.destroy(); scatter = undefined');
    assert.equal(await page.locator('#place').innerHTML(), '');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    await page.setViewportSize({ width: 900, height: 700 });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('HeapProfiler.collectGarbage');
    assert.equal(await page.evaluate('gone.deref() === undefined'), true);
    await page.evaluate('mount()');
    await page.getByText('60 of 60 shown').waitFor();
    assert.deepEqual(tab.faults, []);
  });
});
