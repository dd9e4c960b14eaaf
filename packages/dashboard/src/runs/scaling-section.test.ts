import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ScalingDecisionRecord, withSelfHash } from '@verger/core';
import { recordBytes } from '@verger/run';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import { NOW_MS, runSite, textOf } from '../testing/run-site.ts';

const MINUTE = 60_000;
const RUN: WrittenRun = {
  ...{ id: 'r', partitions: [10, 10], committed: [0], submittedMs: NOW_MS - MINUTE },
  ...{ queue: 'redis://queue:6379 verger', deadlineMs: NOW_MS + 29 * MINUTE },
};

const decision = (minute: number, vcpus: number, reason = `Because of ${vcpus}.`): ScalingDecisionRecord => ({
  ...{ at: new Date(NOW_MS - MINUTE + minute * MINUTE).toISOString(), fromVcpus: 0, vcpus, reason },
});

async function writeScaling(
  folder: string,
  decisions: readonly ScalingDecisionRecord[],
  group: string | null,
) {
  const record = withSelfHash({ format: 'verger-scaling-1' as const, group, decisions });
  await writeFile(join(folder, 'scaling.json'), recordBytes(record));
}

test('the page shows the deadline and what workers were asked for, the newest first', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, RUN);
  await writeScaling(folder, [decision(0, 16), { ...decision(1, 8), fromVcpus: 16 }], 'verger-workers');
  const text = textOf(await site.get('/runs/r'));
  assert.match(text, /Deadline 2026-11-30 12:29 UTC in 29 min/);
  assert.match(text, /Workers asked for For the group verger-workers , which all runs share\./);
  assert.match(text, /12:00 UTC 16 → 8 Because of 8\. 2026-11-30 11:59 UTC 0 → 16 Because of 16\./);
  const answer = await site.get('/runs/r');
  assert.match(String(answer.body), /<a href="#workers-title">Workers<\/a>/);
});

test('without an autoscaler or a deadline the page says nothing of either', async (t) => {
  const site = await runSite(t);
  const { deadlineMs: _, ...open } = RUN;
  await writeRun(site.output, open);
  assert.doesNotMatch(textOf(await site.get('/runs/r')), /Workers asked for|Deadline/);
});

test('scaling.json is read when it has changed, and not for the list', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, RUN);
  await writeScaling(folder, [decision(0, 4)], null);
  const looks = () => site.calls.filter(({ kind, key }) => kind === 'read' && key === 'scaling.json').length;
  await site.get('/runs');
  assert.equal(looks(), 0);
  assert.match(textOf(await site.get('/runs/r')), /By an autoscaler that only tells\. Decisions.* 0 → 4/);
  assert.equal(looks(), 2, 'its end, and the whole');
  site.clock.passedMs += MINUTE;
  await site.get('/runs/r');
  assert.equal(looks(), 3, 'its end');
  await writeScaling(folder, [decision(0, 4), decision(2, 12)], null);
  site.clock.passedMs += MINUTE;
  assert.match(textOf(await site.get('/runs/r')), /0 → 12/);
  assert.equal(looks(), 5);
});

test('a damaged scaling.json says nothing about the run, and what it says is not believed to be HTML', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, RUN);
  await writeFile(join(folder, 'scaling.json'), '{"format":"verger-scaling-1"}');
  assert.doesNotMatch(textOf(await site.get('/runs/r')), /damaged|Workers asked for/);
  await writeScaling(folder, [decision(0, 4, '<img src=x onerror=alert(1)>')], '<b>');
  site.clock.passedMs += MINUTE;
  const { body } = await site.get('/runs/r');
  assert.doesNotMatch(String(body), /<img|<b>/);
  assert.match(String(body), /&lt;img src=x/);
});

test('a finished run still shows the decisions', async (t) => {
  const site = await runSite(t);
  const { folder } = await writeRun(site.output, { ...RUN, committed: [0, 1], isDone: true });
  await writeScaling(folder, [decision(0, 4)], 'g');
  const text = textOf(await site.get('/runs/r'));
  assert.match(text, /Run r done/);
  assert.match(text, /Workers asked for/);
  assert.match(text, /Deadline 2026-11-30 12:29 UTC asked for/);
});
