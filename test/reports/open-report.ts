/** An HTML report in Chromium, as somebody has it who was sent the file: what it does, and how fast. */
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { seriousFaults } from '../browser/axe.ts';
import { openTab } from '../browser/chromium.ts';

/** What was seen of a report. Times in milliseconds. */
export interface Seen {
  readonly bytes: number;
  /** From the address to the drawn scatter. */
  readonly openMs: number;
  /** Medians and worst of the page's own measures; undefined where there was none. */
  readonly hover: Spread | undefined;
  readonly filter: Spread | undefined;
  readonly frame: Spread | undefined;
  /** Console errors, exceptions, requests to anywhere but the file itself. */
  readonly faults: readonly string[];
  /** Serious violations that axe found. */
  readonly violations: readonly string[];
  readonly pdfBytes: number;
}

/** Of some measured times. */
export interface Spread {
  readonly count: number;
  readonly medianMs: number;
  readonly mostMs: number;
}

/** Opens a report, uses it, prints it. */
export async function openReport(browser: Browser, file: string): Promise<Seen> {
  const url = pathToFileURL(file).href;
  // The only request that it may make is for itself.
  const tab = await openTab(browser, 'null', { viewport: { width: 1280, height: 900 } });
  const { page } = tab;
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const started = performance.now();
  await page.goto(url);
  const canvas = page.locator('#scatter canvas').first();
  await canvas.waitFor({ state: 'visible', timeout: 60_000 });
  const openMs = performance.now() - started;
  await useScatter(page);
  const violations = await seriousFaults(page);
  const pdf = await page.pdf({ format: 'A4' });
  const measures = async (name: string) => spreadOf(await measured(page, name));
  const seen = {
    ...{ bytes: statSync(file).size, openMs, violations, pdfBytes: pdf.byteLength },
    hover: await measures('verger:hover'),
    filter: await measures('verger:filter'),
    frame: await measures('verger:frame'),
    faults: [
      ...tab.faults.filter((fault) => !fault.endsWith(url)),
      ...requests.filter((one) => one !== url && !one.startsWith('blob:') && !one.startsWith('data:')),
    ],
  };
  await tab.close();
  return seen;
}

/** Moves over the points, hides and isolates labels, zooms. */
async function useScatter(page: Page): Promise<void> {
  const canvas = page.locator('#scatter canvas').first();
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (box === null) throw new Error('the scatter has no size');
  const at = (share: number) => ({ x: box.x + box.width * share, y: box.y + box.height * share });
  for (let step = 0; step < 60; step += 1) {
    const { x, y } = at(0.2 + step / 100);
    await page.mouse.move(x, y + (step % 7) * 9 - 27);
  }
  await page.mouse.move(at(0.5).x, at(0.5).y);
  for (let turn = 0; turn < 6; turn += 1) await page.mouse.wheel(0, turn < 3 ? -240 : 240);
  const legend = page.locator('#scatter [aria-pressed]');
  for (let one = 0; one < Math.min(4, await legend.count()); one += 1) await legend.nth(one).click();
  await canvas.focus();
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Enter', 'Escape']) {
    await page.keyboard.press(key);
  }
  await page.waitForTimeout(300); // frames that the last key asked for
}

async function measured(page: Page, name: string): Promise<number[]> {
  const code = `performance.getEntriesByName(${JSON.stringify(name)}).map(({ duration }) => duration)`;
  return (await page.evaluate(code)) as number[];
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [medianMs, mostMs] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (medianMs === undefined || mostMs === undefined) return undefined;
  return { count: sorted.length, medianMs, mostMs };
}
