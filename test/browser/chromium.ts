/** Debian's Chromium, and pages that remember what should not have happened in them. */

import { redisMissing } from '@verger/testkit/redis-server';
import { findProgram, serverSuite } from '@verger/testkit/servers';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PROGRAM = findProgram('chromium', { variable: 'VERGER_CHROMIUM' });

/** A suite that needs Chromium and Redis: skipped by name without one, failed if VERGER_REQUIRE_SERVERS=1. */
export function browserSuite(name: string, body: () => void): void {
  const found = redisMissing === false ? PROGRAM : undefined;
  serverSuite(name, { name: redisMissing === false ? 'chromium' : 'redis-server', found }, body);
}

/** Starts Chromium without a window; about a second. It asks nobody for updates. Errors: none is there. */
export async function startChromium(): Promise<Browser> {
  if (PROGRAM === undefined) throw new Error('there is no chromium on PATH; VERGER_CHROMIUM names another');
  return await chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** A tab, and what went wrong in it so far. */
export interface Tab {
  readonly page: Page;
  /** Console errors, exceptions of scripts, dialogs, and requests to another origin than the dashboard's. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** Opens a tab with cookies of its own. `origin`: the only one that it may ask. */
export async function openTab(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && protocol !== 'data:' && protocol !== 'blob:') {
      faults.push(`request to elsewhere: ${request.url()}`);
    }
  });
  return { page, faults, close: () => context.close() };
}

/** Logs in by the form, as a user does. */
export async function logIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/runs/);
}
