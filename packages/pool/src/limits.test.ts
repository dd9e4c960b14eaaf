import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenLimit } from './limits.ts';

test('a limit is broken above it, not at it, and memory is named before CPU before wall', () => {
  const limits = { cpuMs: 10, wallMs: 20, memoryBytes: 30, pollMs: 1 };
  const cases = [
    [10, 20, 30, undefined],
    [11, 20, 30, 'cpu'],
    [10, 21, 30, 'wall'],
    [10, 20, 31, 'memory'],
    [11, 21, 31, 'memory'],
    [11, 21, 30, 'cpu'],
  ] as const;
  for (const [cpuMs, wallMs, rssBytes, reason] of cases)
    assert.equal(brokenLimit({ cpuMs, wallMs, rssBytes }, limits), reason);
});
