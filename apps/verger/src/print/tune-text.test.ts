import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perCore } from '../plan/tune-settings.ts';
import { type Tuned, tuneText } from './tune-text.ts';

const CORES = { threads: 128, cores: 64 };
const OPTIONS = { processes: 128, childMemory: '512MiB' };
const RATES = { float32: { 64: 8800, 128: 11_440.4 }, int8: { 64: 16_000, 128: 15_200 } };

const results = (['float32', 'int8'] as const).flatMap((precision) =>
  Object.entries(RATES[precision]).map(([processes, imagesPerSecond]) =>
    perCore(
      {
        ...{ processes: Number(processes), imagesPerSecond, startMs: 12_345, coresUsed: 127.6 },
        childBytes: [123_456_789],
      },
      precision,
      CORES,
    ),
  ),
);

const tuned: Tuned = {
  ...CORES,
  ...{ images: 96, source: 'drawings of the orchard', results, untried: [], busy: false, tookMs: 41_400 },
  suggestion: OPTIONS,
  int8: { measured: true, suggestion: { ...OPTIONS, processes: 64 }, timesFloat32: 1.3986 },
};

test('a machine with hyper-threads is told what the second thread of a core brings', () => {
  const lines = tuneText(tuned).split('\n');
  assert.ok(lines.includes('on 64 cores with 128 threads, 41 s in all'));
  assert.ok(lines.includes('float32     one process per thread: +30 % over one per core'));
  assert.ok(lines.includes('int8        one process per thread: −5 % over one per core'));
  const int8 = 'with int8   --precision int8 --processes 64 --child-memory 512MiB (1.40 times the images/s)';
  assert.ok(lines.includes(int8), lines.join('\n'));
  assert.ok(
    lines.includes('or, in verger.config.json: {"precision":"int8","processes":64,"childMemory":"512MiB"}'),
  );
  assert.match(tuneText(tuned), /float32 +128 +11440\.4 +178\.8 /);
});

test('the table fits 80 columns on the largest machine', () => {
  for (const line of tuneText(tuned).split('\n\n')[1]?.split('\n') ?? []) assert.ok(line.length <= 80, line);
});

test('without hyper-threads there is no comparison; what was not measured is named with its reason', () => {
  const text = tuneText({
    ...tuned,
    ...{ cores: 128, untried: [{ precision: 'float32', processes: 129 }] },
    int8: { measured: false, reason: 'E_INT8_CPU: no VNNI' },
  });
  assert.doesNotMatch(text, /per thread/);
  assert.match(text, /^on 128 cores, 41 s/m);
  assert.match(text, /^int8 {8}not measured: E_INT8_CPU: no VNNI$/m);
  assert.match(text, /not measured, for lack of time: float32 with 129 processes/);
});

test('a busy machine is said first; int8 without a suggestion has its reason, and no options', () => {
  const reason = '128 processes were not measured';
  const text = tuneText({ ...tuned, busy: true, int8: { measured: true, suggestion: null, reason } });
  assert.match(text, /^WARNING: the machine was busy .*\n\nrepeated extraction/);
  assert.match(text, /^int8 {8}no suggestion: 128 processes were not measured$/m);
  assert.doesNotMatch(text, /--precision int8|"precision"/);
});
