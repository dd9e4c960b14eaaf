/**
 * Every code of the error table is triggered by a test: some test file asks for it, not only makes one. A
 * code that nothing can trigger yet is named below with its reason; one that never can goes out of the table.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '@verger/core';
import { trackedFiles } from '../../tools/sources.ts';

const NOT_YET: Readonly<Record<string, string>> = {};

/**
 * These name codes without triggering them: the table's own test and this file; the auditor's list of what
 * may stand in a quarantine.
 */
const NAMES_ONLY = /^packages\/core\/|^test\/contract\/errors\.test\.ts$|^test\/faults\/audit\//;
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Codes that a test file expects. What a test makes by hand or orders from a fake (`BAD:<code>`) is not one,
 * nor a comment.
 */
function expectedCodes(source: string): string[] {
  const expecting = source
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/\bBAD:E_[A-Z0-9_]+/g, '')
    .replace(/new VergerError\(\s*'E_[A-Z0-9_]+'/g, '');
  return expecting.match(/\bE_[A-Z0-9_]+\b/g) ?? [];
}

const expected = new Set(
  trackedFiles(root, [
    '.test.ts',
    'test/contract/executor.ts',
    'test/contract/extractor.ts',
    'test/contract/storage.ts',
  ])
    .filter((file) => !NAMES_ONLY.test(file) && existsSync(`${root}${file}`))
    .flatMap((file) => expectedCodes(readFileSync(`${root}${file}`, 'utf8'))),
);

test('every error code is triggered by a test', () => {
  const untested = Object.keys(ERRORS).filter((code) => !expected.has(code) && NOT_YET[code] === undefined);
  assert.deepEqual(untested, []);
});

test('a code that is triggered, or that is gone, is not excused', () => {
  const wrong = Object.keys(NOT_YET).filter((code) => expected.has(code) || !(code in ERRORS));
  assert.deepEqual(wrong, []);
});

test('a code that is only made, ordered or commented on does not count', () => {
  const source = `// E_ONE\nthrow new VergerError('E_TWO'); const f = 'BAD:E_THREE'; /* E_FOUR */ assert({ code: 'E_FIVE' });`;
  assert.deepEqual(expectedCodes(source), ['E_FIVE']);
});
