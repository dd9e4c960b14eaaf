import { isUtf8 } from 'node:buffer';
import { VergerError } from '@verger/core';

/** The folder in a storage's root that holds half-written files. Never listed, never a key. */
export const TEMPORARY_FOLDER = '.tmp';

/**
 * `temporary`: a folder of the name TEMPORARY_FOLDER is one like others, in a storage that has no
 * half-written files.
 */
export interface KeyRules {
  readonly temporary: boolean;
}

/** Throws E_STORAGE_KEY unless the key stays inside its storage and can be stored: see `Storage` in core. */
export function checkKey(key: string, location: string, rules: KeyRules = { temporary: false }): void {
  const fault = keyFault(key, rules);
  if (fault !== undefined) throw new VergerError('E_STORAGE_KEY', { path: key, location }, { detail: fault });
}

/** The same for the folder part of a list's prefix; what follows its last '/' only filters. */
export function checkPrefix(prefix: string, location: string, rules: KeyRules = { temporary: false }): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/'));
  const fault = prefix.includes('\0')
    ? 'It contains a NUL character.'
    : prefix.includes('/')
      ? keyFault(folder, rules)
      : undefined;
  if (fault !== undefined) {
    throw new VergerError('E_STORAGE_KEY', { path: prefix, location }, { detail: fault });
  }
}

/** What is wrong with a key, as a sentence. */
export function keyFault(key: string, { temporary }: KeyRules): string | undefined {
  if (key === '') return 'It is empty.';
  if (key.includes('\0')) return 'It contains a NUL character.';
  if (/\p{Surrogate}/u.test(key)) return 'It contains half a surrogate pair, so it is not valid UTF-8.';
  const segments = key.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return "It has an empty segment, '.' or '..', or begins or ends with '/'.";
  }
  return !temporary && segments[0] === TEMPORARY_FOLDER
    ? `${TEMPORARY_FOLDER}/ is reserved for verger.`
    : undefined;
}

/*
 * Names are held as byte strings: one character (0 to 255) a byte, as Buffer's 'latin1' gives. They are half
 * as large as Buffers of short names, and JavaScript's `<` compares them by bytes.
 */

/** True when the byte string is UTF-8. */
export function isUtf8Name(raw: string): boolean {
  return isAscii(raw) || isUtf8(Buffer.from(raw, 'latin1'));
}

/** A byte string that is UTF-8, as text. */
export function textOf(raw: string): string {
  return isAscii(raw) ? raw : Buffer.from(raw, 'latin1').toString('utf8');
}

/** Text as a byte string of its UTF-8. */
export function rawOf(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/**
 * A name that is not UTF-8 as a byte string that is: each odd byte becomes `\xHH`, each backslash is doubled.
 */
export function escapeName(raw: string): string {
  const bytes = Buffer.from(raw, 'latin1');
  let escaped = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)));
    if (length === undefined) escaped += `\\x${bytes.toString('hex', at, at + 1)}`;
    else escaped += raw[at] === '\\' ? '\\\\' : raw.slice(at, at + length);
    at += length ?? 1;
  }
  return escaped;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
