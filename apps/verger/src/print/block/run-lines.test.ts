import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineText } from './line.ts';
import { runLines } from './run-lines.ts';
import { textWidth } from './text-width.ts';
import type { RunView, StageView } from './tracker.ts';

const WAITING: StageView = { state: 'waiting', done: 0, total: 0, ms: null };
const NOW = new Date(2026, 10, 30, 23, 40).getTime();

const view = (more: Partial<RunView> = {}): RunView => ({
  preparing: null,
  stages: {
    extract: { state: 'running', done: 2580, total: 4962, ms: 83_000 },
    ...{ reduce: WAITING, project: WAITING, finish: WAITING },
  },
  ...{ perSecond: 31, leftMs: 77_000, quarantined: 0, codes: [], cluster: null },
  failed: { attempts: 0, codes: [], newest: null },
  ...more,
});

/** Everything that can be said at once. */
const FULL = view({
  quarantined: 1204,
  codes: [
    ['E_IMG_TRUNCATED', 1000],
    ['E_IMG_EMPTY', 200],
    ['E_IMG_READ', 3],
    ['E_IMG_FORMAT_DENIED', 1],
  ],
  cluster: {
    ...{ type: 'cluster:seen', workers: 6, reducers: 1, waiting: 48, active: 11 },
    troubles: ['a', 'b', 'c', 'd'].map(
      (name) => `worker ${name} on host cannot work: E_OUTPUT_FULL: No space`,
    ),
  },
  failed: {
    attempts: 2,
    codes: [['E_STORAGE', 2]],
    newest: {
      ...{ type: 'attempt:failed', stage: 'extract', partition: 7, attempt: 2, code: 'E_STORAGE' },
      ...{ reason: 'S3 answered 503.', path: 'a\u001b[31m/漢字.jpg' },
    },
  },
});

const shown = (of: RunView, columns = 80, rows = 24, nowMs = NOW) =>
  runLines(of, { columns, rows, nowMs }).map((line) => lineText(line).trimEnd());

test('stages with sign, bar, share, counts and time; then speed and time left', () => {
  assert.deepEqual(shown(view()), [
    '▸ extract   ████████████░░░░░░░░░░░░   51 %  2,580 of 4,962 images   1 min 23 s',
    '· reduce    ░░░░░░░░░░░░░░░░░░░░░░░░',
    '· project   ░░░░░░░░░░░░░░░░░░░░░░░░',
    '· finish    ░░░░░░░░░░░░░░░░░░░░░░░░',
    'speed       31 images/s, 1 min 17 s left',
  ]);
});

test('workers, the troubled by name, quarantine by code, failed attempts with the newest reason', () => {
  assert.deepEqual(shown(FULL, 120).slice(5), [
    'workers     6 workers, 1 reducer; jobs of all runs: 11 under way, 48 waiting',
    'trouble     worker a on host cannot work: E_OUTPUT_FULL: No space',
    'trouble     worker b on host cannot work: E_OUTPUT_FULL: No space',
    '            2 more processes in trouble',
    'quarantine  1,204 images: E_IMG_TRUNCATED × 1,000, E_IMG_EMPTY × 200, E_IMG_READ × 3, 1 more code',
    'failed      2 attempts: E_STORAGE × 2',
    'newest      extract of partition 7, attempt 2: E_STORAGE S3 answered 503. (a\\u001b[31m/漢字.jpg)',
  ]);
});

test('done, done before, not needed and stopped are told by their signs and words', () => {
  const stage = (state: StageView['state'], ms: number | null = null): StageView => ({
    ...WAITING,
    state,
    ms,
  });
  const stages = {
    extract: stage('earlier'),
    reduce: stage('done', 600),
    project: stage('skipped'),
    finish: stage('stopped', 1500),
  };
  const lines = shown(view({ stages, perSecond: null }), 60);
  assert.deepEqual(
    lines.map((line) => line.replaceAll(/[█░]+/g, '').replaceAll(/ +/g, ' ')),
    ['✓ extract done before', '✓ reduce 0.6 s', '– project not needed', '✗ finish 1.5 s'],
  );
});

test('a time left of ten minutes and more also says when that is, with the date where it is not today', () => {
  const speed = (leftMs: number) => shown(view({ leftMs }))[4];
  assert.equal(speed(9 * 60_000), 'speed       31 images/s, 9 min 00 s left');
  assert.equal(speed(15 * 60_000), 'speed       31 images/s, 15 min 00 s left (at 23:55)');
  assert.equal(speed(72 * 60_000), 'speed       31 images/s, 1 h 12 min left (at 00:52)');
  assert.equal(speed(30 * 3_600_000), 'speed       31 images/s, 30 h 00 min left (at 2026-12-02 05:40)');
  assert.equal(shown(view({ leftMs: null, perSecond: 0 })).length, 4, 'nothing was done yet');
  assert.equal(shown(view({ leftMs: null, perSecond: 1.25 }))[4], 'speed       1.3 images/s');
});

test('it fits from 20 to 300 columns, and the share of the running stage is always there', () => {
  for (let columns = 20; columns <= 300; columns += 1) {
    const lines = runLines(view(), { columns, rows: 24, nowMs: NOW });
    const [first = ''] = lines.map(lineText);
    assert.match(first, /^▸ extract .* 51 %/, `${columns}: ${first}`);
    for (const line of lines.slice(0, 4)) {
      assert.ok(textWidth(lineText(line)) < columns, `${columns}: ${lineText(line)}`);
    }
  }
  const [extract, , , , speed] = shown(view(), 20);
  assert.deepEqual([extract, speed], ['▸ extract  51 %', 'speed 31 images/s, 1 min 17 s left']);
  assert.equal(shown(view(), 32)[0], '▸ extract  51 %  1 min 23 s');
  assert.equal(shown(view(), 46)[0], '▸ extract  51 %  2,580/4,962  1 min 23 s');
});

test('the bar keeps its length while the clock of a stage grows', () => {
  const bar = (ms: number) => {
    const extract = { ...view().stages.extract, ms };
    return /[█░]+/.exec(shown(view({ stages: { ...view().stages, extract } }))[0] ?? '')?.[0].length;
  };
  assert.deepEqual([bar(900), bar(59_000), bar(3_500_000)], [24, 24, 24]);
});

test('the bar keeps its length while the counts grow', () => {
  const bar = (done: number) => {
    const extract = { ...view().stages.extract, done };
    return /[█░]+/.exec(shown(view({ stages: { ...view().stages, extract } }))[0] ?? '')?.[0].length;
  };
  assert.deepEqual([bar(0), bar(999), bar(4962)], [24, 24, 24]);
});

test('so many codes are named as have room, and the others are counted', () => {
  const line = (columns: number) => shown(FULL, columns, 30).find((one) => one.startsWith('quarantine'));
  assert.equal(
    line(84),
    'quarantine  1,204 images: E_IMG_TRUNCATED × 1,000, E_IMG_EMPTY × 200, 2 more codes',
  );
  assert.equal(line(80), 'quarantine  1,204 images: E_IMG_TRUNCATED × 1,000, 3 more codes');
});

test('with fewer rows than it needs it is one line that says the most important', () => {
  const whole = shown(FULL, 100, 40).length;
  assert.equal(shown(FULL, 100, whole + 2).length, whole);
  assert.deepEqual(shown(FULL, 100, whole + 1), [
    'extract 51 %, 31 images/s, 1 min 17 s left, 1,204 in quarantine, 2 failed attempts',
  ]);
  const stages = { ...view().stages, extract: { ...WAITING, state: 'done' as const, ms: 1 } };
  const reduce = { ...WAITING, state: 'running' as const, ms: 1 };
  assert.deepEqual(shown(view({ stages: { ...stages, reduce }, perSecond: null }), 80, 3), ['reduce']);
});

test('before the stages it is one line, and nothing before anything is known', () => {
  const stages = { extract: WAITING, reduce: WAITING, project: WAITING, finish: WAITING };
  const before = (preparing: RunView['preparing']) => shown(view({ stages, preparing }));
  assert.deepEqual(before(null), []);
  assert.deepEqual(before({ type: 'listing', images: 12_345 }), ['listing     12,345 images']);
  const weights = { type: 'weights:fetching', receivedBytes: 3 << 20, totalBytes: 9 << 20 } as const;
  assert.deepEqual(before(weights), ['download    weights, 3.0 MiB of 9.0 MiB']);
  const check = { type: 'verify:progress', check: 'features', done: 3, total: 1000 } as const;
  assert.deepEqual(before(check), ['verify      features: 3 of 1,000']);
});
