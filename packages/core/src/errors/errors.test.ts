import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asVergerError,
  ERRORS,
  formatError,
  IMAGE_ERROR_CODES,
  isEnvironmental,
  VergerError,
} from './errors.ts';

test('every code says what, and what to do next, in whole sentences', () => {
  for (const [code, { what, next }] of Object.entries(ERRORS)) {
    assert.match(code, /^E_[A-Z0-9_]+$/);
    assert.match(what, /^[^.].*\.$/, code);
    assert.match(next, /^[^.].*\.$/, code);
  }
});

test('an error prints code, what, where and what to do next', () => {
  const error = new VergerError('E_PART_CORRUPT', { path: 'a\n.jpg', partition: 42 }, { detail: 'Cut.' });
  assert.equal(
    formatError(error),
    [
      'E_PART_CORRUPT: A file of a partition does not match its record. Cut.',
      '  where: "a\\n.jpg", partition 42',
      `  next:  ${ERRORS.E_PART_CORRUPT.next}`,
    ].join('\n'),
  );
});

test('a limit that is reached where no step names it, such as where a module is loaded, is no bug', () => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM']) {
    const thrown = Object.assign(new Error(`${code}: open '/a/module.js'`), { code });
    const named = asVergerError(thrown);
    assert.equal(named.code, 'E_MACHINE_LIMIT');
    assert.match(named.message, /module\.js/);
    assert.equal(named.cause, thrown);
  }
  for (const library of [
    'libvips-cpp.so: cannot open shared object file: Too many open files',
    'x.node: bad ELF',
  ]) {
    const thrown = Object.assign(new Error(library), { code: 'ERR_DLOPEN_FAILED' });
    const code = library.includes('Too many') ? 'E_MACHINE_LIMIT' : 'E_PLATFORM';
    assert.equal(asVergerError(thrown).code, code);
  }
  const storage = new VergerError('E_STORAGE', {}, { cause: Object.assign(new Error(), { code: 'EMFILE' }) });
  assert.equal(asVergerError(storage), storage);
  assert.equal(asVergerError(Object.assign(new Error('EIO'), { code: 'EIO' })).code, 'E_INTERNAL');
});

test('what was thrown keeps its code, and anything else becomes E_INTERNAL with its cause', () => {
  const error = new VergerError('E_NO_INPUT');
  assert.equal(asVergerError(error), error);
  const cause = new TypeError('x is not a function');
  const wrapped = asVergerError(cause);
  assert.equal(wrapped.code, 'E_INTERNAL');
  assert.equal(wrapped.cause, cause);
  assert.equal(wrapped.exit, 1);
});

test('codes of images are either of the bytes or of the surroundings', () => {
  assert.ok(IMAGE_ERROR_CODES.includes('E_IMG_TRUNCATED') && !isEnvironmental('E_IMG_TRUNCATED'));
  assert.ok(IMAGE_ERROR_CODES.includes('E_IMG_CHANGED') && isEnvironmental('E_IMG_CHANGED'));
  assert.ok(IMAGE_ERROR_CODES.every((code) => code.startsWith('E_IMG_')));
});
