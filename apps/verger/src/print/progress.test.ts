import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DriverEvent } from '@verger/driver';
import type { Output } from '../cli/command.ts';
import { Block } from './block/block.ts';
import { FakeProcess, FakeScreen } from './block/testing/screen.ts';
import { Progress } from './progress.ts';

function shown(ms: number): string[] {
  const lines: string[] = [];
  const out: Output = { print: () => {}, note: (line) => void lines.push(line), columns: 100 };
  const progress = new Progress(out);
  progress.show({ type: 'stage:start', stage: 'extract', total: 3, done: 0 });
  progress.show({ type: 'images:done', extracted: 1, quarantined: 0 });
  progress.show({ type: 'stage:done', stage: 'extract', ms });
  return lines;
}

test('images of earlier epochs are in no count, rate or time left of a resumed run', (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const lines: string[] = [];
  const out: Output = { print: () => {}, note: (line) => void lines.push(line), columns: 100 };
  const progress = new Progress(out);
  progress.show({ type: 'images:done', extracted: 3000, quarantined: 0 });
  progress.show({ type: 'stage:start', stage: 'extract', total: 5000, done: 3000 });
  progress.show({ type: 'images:done', extracted: 1000, quarantined: 0, found: true });
  assert.equal(progress.firstImageMs, undefined);
  nowMs = 6000;
  progress.show({ type: 'images:done', extracted: 60, quarantined: 0 });
  progress.show({ type: 'stage:done', stage: 'extract', ms: 6000 });
  assert.deepEqual(lines, [
    'extract: 4,060 of 5,000 images, 10 images/s, 1 min 34 s left',
    'extract  6.0 s, 60 images (4,060 in all), 10 images/s',
  ]);
});

test('no speed is shown until something was done', (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const lines: string[] = [];
  const progress = new Progress({ print: () => {}, note: (line) => void lines.push(line), columns: 100 });
  progress.show({ type: 'images:done', extracted: 30, quarantined: 0 });
  progress.show({ type: 'stage:start', stage: 'extract', total: 50, done: 30 });
  nowMs = 6000;
  progress.show({ type: 'images:done', extracted: 0, quarantined: 0 });
  assert.deepEqual(lines, ['extract: 30 of 50 images, ? left']);
});

test('stages are timed that are seen from their first moment to their last, not those that were over', () => {
  const out: Output = { print: () => {}, note: () => {}, columns: 100 };
  const timesOf = (...ms: [extract: number, reduce: number, project: number]) => {
    const progress = new Progress(out);
    for (const [at, stage] of (['extract', 'reduce', 'project'] as const).entries()) {
      progress.show({ type: 'stage:start', stage, total: 1, done: 0 });
      progress.show({ type: 'stage:done', stage, ms: ms[at] ?? 0 });
    }
    return progress.stageMs;
  };
  assert.deepEqual(timesOf(5000, 800.4, 300), { reduce: 800, project: 300 });
  assert.deepEqual(timesOf(0, 800, 300), { project: 300 }, 'it was joined while it reduced');
  assert.deepEqual(timesOf(5000, 0, 300), {}, 'the reduce came and went between two looks');
});

test('the end of a stage has a rate only where there was time and work', () => {
  assert.deepEqual(shown(500), ['extract  0.5 s, 1 image, 2 images/s']);
  assert.deepEqual(shown(0), ['extract  0.0 s, 1 image']);
});

/** A progress on a terminal, with what it prints above its block. */
function onTerminal(t: TestContext) {
  const screen = new FakeScreen(80, 24);
  const block = new Block(screen, { colours: false, process: new FakeProcess() });
  const out: Output = { print: () => {}, note: (line) => block.above(`${line}\r\n`), block, columns: 80 };
  t.after(() => block.close({ keep: false }));
  return { screen, block, progress: new Progress(out) };
}

test('on a terminal it is a block, with notices above it; the end of a run removes it', (t) => {
  const { screen, progress } = onTerminal(t);
  progress.show({ type: 'stage:start', stage: 'extract', total: 3, done: 0 });
  progress.show({ type: 'run:notice', text: 'Redis is back' });
  progress.show({ type: 'reuse:refused', partition: 1, reason: 'another numeric class' });
  progress.show({ type: 'images:done', extracted: 2, quarantined: 1, codes: { E_IMG_EMPTY: 1 } });
  progress.show({ type: 'stage:done', stage: 'extract', ms: 900 });
  const [note, refused, extract, reduce, , , quarantine] = screen.shown();
  assert.deepEqual(
    [note, refused],
    ['note: Redis is back', 'not reused: 1 partition of the earlier run (another numeric class)'],
  );
  assert.match(extract ?? '', /^✓ extract .* 100 % {2}3 of 3 images +0\.9 s$/);
  assert.match(reduce ?? '', /^· reduce/);
  assert.equal(quarantine, 'quarantine  1 image: E_IMG_EMPTY × 1');
  progress.close();
  assert.deepEqual(screen.shown(), [note, refused]);
});

test('Ctrl-C and errors leave the last frame, with the stage that stopped', (t) => {
  const { screen, progress } = onTerminal(t);
  progress.show({ type: 'stage:start', stage: 'extract', total: 3, done: 0 });
  progress.show({ type: 'images:done', extracted: 2, quarantined: 0 });
  progress.end();
  progress.show({ type: 'images:done', extracted: 1, quarantined: 0 });
  progress.close();
  assert.match(screen.shown()[0] ?? '', /^✗ extract .* 66 % {2}2 of 3 images/);
  assert.equal(screen.isCursorHidden, false);
});

test('a run that goes on without this command is not shown as stopped', (t) => {
  const shown = (isWatched: boolean, ...events: DriverEvent[]) => {
    const { screen, block } = onTerminal(t);
    const progress = new Progress({ print: () => {}, note: () => {}, block, columns: 80 }, { isWatched });
    for (const event of events) progress.show(event);
    progress.show({ type: 'stage:start', stage: 'extract', total: 3, done: 0 });
    progress.end();
    return screen.shown()[0]?.slice(0, 9);
  };
  assert.equal(shown(false), '✗ extract');
  assert.equal(shown(true), '▸ extract');
  assert.equal(shown(false, { type: 'executor:cluster', queue: 'redis://queue verger' }), '▸ extract');
});

test('downloads and checks are in the block on a terminal, and lines elsewhere', (t) => {
  const event = { type: 'weights:fetching', receivedBytes: 1 << 20, totalBytes: null } as const;
  const { screen, progress } = onTerminal(t);
  progress.show(event);
  assert.deepEqual(screen.shown(), ['download    weights, 1.0 MiB']);
  const lines: string[] = [];
  new Progress({ print: () => {}, note: (line) => void lines.push(line), columns: 80 }).show(event);
  assert.deepEqual(lines, ['fetching the weights that Keras publishes: 1.0 MiB']);
});
