import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { RUN_FILES, type Timeline, withSelfHash } from '@verger/core';
import { recordBytes } from '@verger/run';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import { NOW_MS, type RunSite, runSite, textOf } from '../testing/run-site.ts';

const RUN: WrittenRun = {
  ...{ id: 'done', partitions: Array(120).fill(40), submittedMs: NOW_MS - 3_600_000, isDone: true },
  quarantined: { 3: ['a/cut.jpg', 'b/cut.jpg'], 110: ['c/cut.jpg'] },
};

/** Reads of commits. */
const commitReads = (site: RunSite) =>
  site.calls.filter(({ kind, key }) => kind === 'read' && key.startsWith('commits/')).length;

const ADDRESSES = ['/runs/done', '/runs/done?page=2', '/runs/done?state=committed', '/runs'];

/** The text of a page once all that it shows has been read. */
async function readPage(site: RunSite, address: string): Promise<string> {
  for (;;) {
    const text = textOf(await site.get(address));
    if (!/Reading |Being read|being read|not read yet|Still searching/.test(text)) return text;
  }
}

async function pagesOf(site: RunSite): Promise<string[]> {
  const texts: string[] = [];
  for (const address of ADDRESSES) texts.push((await readPage(site, address)).replace(/\S+\/done/g, ''));
  return texts;
}

test('a finished run is read from its timeline: no commit, and the same pages to the letter', async (t) => {
  const [plain, quick] = [await runSite(t), await runSite(t)];
  await writeRun(plain.output, RUN);
  await writeRun(quick.output, { ...RUN, withTimeline: true });
  assert.deepEqual(await pagesOf(quick), await pagesOf(plain));
  assert.equal(commitReads(plain), 120);
  assert.equal(commitReads(quick), 0);
  assert.ok(quick.calls.filter(({ kind }) => kind === 'read').length < 20);
});

test('a timeline that does not fit its run is left aside, and the commits are read', async (t) => {
  const changes: Record<string, (timeline: Timeline) => Timeline | string> = {
    'of another epoch': (timeline) => ({ ...timeline, epoch: 2 }),
    'of another run': (timeline) => ({ ...timeline, runIdentity: 'ab'.repeat(32) }),
    'with other counts': (timeline) => ({
      ...timeline,
      partitions: { ...timeline.partitions, extracted: Array(120).fill(1) },
    }),
    'with a column too short': (timeline) => ({
      ...timeline,
      partitions: { ...timeline.partitions, endMs: [1] },
    }),
    'with a worker that is not there': (timeline) => ({ ...timeline, workers: [] }),
    'of another release': (timeline) => ({ ...timeline, format: 'verger-timeline-2' as 'verger-timeline-1' }),
    damaged: () => '{"format":',
  };
  for (const [name, change] of Object.entries(changes)) {
    const site = await runSite(t);
    const { folder } = await writeRun(site.output, { ...RUN, withTimeline: true });
    const file = join(folder, RUN_FILES.timeline);
    const { selfHash: _, ...timeline } = JSON.parse(await readFile(file, 'utf8')) as Timeline;
    const changed = change(timeline as Timeline);
    await writeFile(file, typeof changed === 'string' ? changed : recordBytes(withSelfHash(changed)));
    assert.match(textOf(await site.get('/runs/done')), /4,800 of 4,800 images, 120 of 120 partitions/, name);
    assert.equal(commitReads(site), 120, name);
  }
});
