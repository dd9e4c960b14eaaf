import { DEFAULT_GLOB, VergerError } from '@verger/core';
import picomatch from 'picomatch';

/**
 * True for paths that some pattern matches, in any case (`*.jpg` matches `A.JPG`). A pattern without '/' is
 * matched against the file name in any folder, one with '/' against the whole relative path. Names and
 * folders that begin with '.' (`._x.jpg`, `.Trash/x.jpg`: litter of desktops) match only where the pattern
 * spells the dot: `.*.jpg`. A pattern that begins with '!' leaves out what it matches; with no other pattern,
 * out of the default ones. Errors: E_USAGE for a pattern that cannot be read.
 */
export function compileGlob(patterns: readonly string[]): (path: string) => boolean {
  const negated = (pattern: string) => pattern.startsWith('!') && !pattern.startsWith('!(');
  const excluding = patterns.filter(negated).map((pattern) => expression(pattern.slice(1), true));
  const named = patterns.filter((pattern) => !negated(pattern));
  const including = (named.length === 0 ? DEFAULT_GLOB : named).map((pattern) => expression(pattern, false));
  return (path) =>
    including.some((pattern) => pattern.test(path)) && !excluding.some((pattern) => pattern.test(path));
}

function expression(pattern: string, dot: boolean): RegExp {
  const whole = pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`;
  try {
    if (whole === '' || pattern === '') throw new Error('It is empty.');
    // 's': names may hold newlines, and picomatch writes '.' for any character.
    return picomatch.makeRe(whole, { flags: 'is', dot, debug: true });
  } catch (cause) {
    const detail = `The pattern ${JSON.stringify(pattern)} is not a valid glob.`;
    throw new VergerError('E_USAGE', { option: '--glob' }, { detail, cause });
  }
}
