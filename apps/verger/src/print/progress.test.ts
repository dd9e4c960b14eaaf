import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../cli/command.ts';
import { Progress } from './progress.ts';

function shown(ms: number): string[] {
  const lines: string[] = [];
  const out: Output = { print: () => {}, note: (line) => void lines.push(line), live: false, columns: 100 };
  const progress = new Progress(out);
  progress.show({ type: 'stage:start', stage: 'extract', total: 3, done: 0 });
  progress.show({ type: 'images:done', extracted: 1, quarantined: 0 });
  progress.show({ type: 'stage:done', stage: 'extract', ms });
  return lines;
}

test('the end of a stage has a rate only where there was time and work', () => {
  assert.deepEqual(shown(500), ['extract  0.5 s, 1 image, 2 images/s']);
  assert.deepEqual(shown(0), ['extract  0.0 s, 1 image']);
});
