/**
 * What viewers cost: `npm run bench:dashboard-tabs [-- --runs 500 --seconds 60]`. Twenty tabs of a real
 * browser, ten on the live page of a run under way and ten on a queue in Bull Board, and 17 further readers
 * of the run's stream, so that 20 hold one (tabs of one browser hold 3): CPU seconds a second of the
 * dashboard and of Redis, and the memory of the dashboard with so many runs in its place. Exit 1 when both
 * together take more than 0.05 CPU seconds a second, or the dashboard 200 MB.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { plantOrchard } from '@verger/testkit/images';
import { writeRun } from '@verger/testkit/written-run';
import type { Page } from 'playwright-core';
import { logIn, openTab, startChromium } from '../browser/chromium.ts';
import { PASSWORD, type Site, startSite } from '../browser/site.ts';
import { treeCpuMs } from './cluster-site.ts';
import { loadWarning, machineText } from './machine.ts';

const MOST_CPU = 0.05;
const MOST_MB = 200;
const TABS = 10;
/** Beside the tabs. */
const READERS = 17;
/** Tabs load, and the dashboard reads all runs for the first time: not what viewers cost. */
const SETTLE_MS = 30_000;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, seconds: { type: 'string', default: '60' } },
});
const runs = Number(values.runs);
const seconds = Number(values.seconds);

/** Runs that are done but for every tenth, and one that waits for workers. */
async function makeRuns(site: Site): Promise<void> {
  const nowMs = Date.now();
  for (let at = 0; at < runs - 1; at += 1) {
    const isDone = at % 10 !== 0;
    const committed = Array.from({ length: isDone ? 20 : 12 }, (_, index) => index);
    const submittedMs = nowMs - (isDone ? at * 3_600_000 : 3 * 60_000);
    const partitions = Array(20).fill(250) as number[];
    await writeRun(site.output, { id: `run-${at}`, partitions, committed, submittedMs, isDone });
  }
  const images = join(site.folder, 'orchard');
  await plantOrchard(images, { kinds: 10, views: 20 });
  await site.submit(images, { name: 'live', partitions: 200 });
}

/** A value of `/proc/…/status` in MB. */
function statusMb(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(line?.[1]) * 1024) / 1e6;
}

/** Reads a stream and counts its messages. */
function readStream(url: string, cookie: string): { count(): number; close(): void } {
  let messages = 0;
  const sent = request(url, { headers: { cookie }, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      messages += text.split('\ndata: ').length - 1;
    });
    response.on('error', () => {});
  });
  sent.on('error', () => {});
  sent.end();
  return { count: () => messages, close: () => sent.destroy() };
}

const warning = loadWarning();
const [site, browser] = await Promise.all([startSite(), startChromium()]);
try {
  await makeRuns(site);
  const dashboard = await site.dashboard({ places: [site.output] });
  const { origin } = dashboard;
  const { page, faults } = await openTab(browser, origin);
  await logIn(page, origin, PASSWORD);
  const paths = ['/runs/live', '/queues/queue/verger-extract?status=prioritized'];
  let asked = 0;
  const open = async (path: string): Promise<Page> => {
    const tab = await page.context().newPage();
    tab.on('request', () => {
      asked += 1;
    });
    await tab.goto(`${origin}${path}`);
    return tab;
  };
  for (let tab = 0; tab < TABS; tab += 1) for (const path of paths) await open(path);
  const [cookie] = await page.context().cookies();
  const readers = Array.from({ length: READERS }, () =>
    readStream(`${origin}/runs/live/events`, `${cookie?.name}=${cookie?.value}`),
  );
  await page.close();
  await pause(SETTLE_MS);
  const cpu = () => [treeCpuMs(dashboard.pid), treeCpuMs(site.redis.pid)] as const;
  const [before, began, askedBefore] = [cpu(), performance.now(), asked];
  await pause(seconds * 1000);
  const elapsedMs = performance.now() - began;
  const messages = readers.map(({ count }) => count());
  for (const { close } of readers) close();
  const [ofDashboard, ofRedis] = cpu().map((ms, at) => (ms - (before[at] ?? 0)) / elapsedMs) as [
    number,
    number,
  ];
  const peakMb = statusMb(dashboard.pid, 'VmHWM');
  const rows = [
    ['dashboard, CPU s/s', ofDashboard.toFixed(3)],
    ['Redis, CPU s/s', ofRedis.toFixed(3)],
    [`both, at most ${MOST_CPU}`, (ofDashboard + ofRedis).toFixed(3)],
    ['requests a second', ((asked - askedBefore) / (elapsedMs / 1000)).toFixed(1)],
    ['messages of the stream, each reader', messages.join(' ')],
    ['dashboard, resident MB', statusMb(dashboard.pid, 'VmRSS').toFixed(0)],
    [`dashboard, peak MB, at most ${MOST_MB}`, peakMb.toFixed(0)],
  ];
  console.log(`${warning}${machineText()}; ${2 * TABS} tabs for ${seconds} s, ${runs} runs`);
  for (const [name = '', value] of rows) console.log(`  ${name.padEnd(34)}${value}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (ofDashboard + ofRedis > MOST_CPU || peakMb > MOST_MB || faults.length > 0) process.exitCode = 1;
} finally {
  await browser.close();
  await site.close();
}
