import { createContext, Script } from 'node:vm';
import { VergerError } from '@verger/core';

/** What one path may cost when the expression could backtrack without end. */
const PATIENCE_MS = 1000;

/** The longest path on which a cheap expression may run unwatched. */
const CHEAP_CHARACTERS = 512;

/**
 * Labels by what the first group of a regular expression (flag u) matched, "" where it does not match. An
 * expression with at most two quantifiers, none of them on a group, takes at worst the third power of the
 * path's length, and runs as it is on up to 512 characters. Every other one could backtrack for ever on a
 * hostile name, so it runs under a watchdog of 1 s a path (0.2 ms a path [M]; E_LABEL_REGEX names the path
 * that took longer). Errors: E_LABEL_REGEX also for an expression that is not valid or has no group.
 */
export function regexLabeler(source: string): (path: string) => string {
  const expression = compile(source);
  const cheap = isCheap(source);
  const shared = { expression, path: '' };
  const context = createContext(shared);
  const script = new Script('expression.exec(path)?.[1] ?? ""');
  return (path) => {
    if (cheap && path.length <= CHEAP_CHARACTERS) return expression.exec(path)?.[1] ?? '';
    shared.path = path;
    try {
      return String(script.runInContext(context, { timeout: PATIENCE_MS }));
    } catch (cause) {
      const detail = `Matching this path took more than ${PATIENCE_MS} ms; avoid nested repetition.`;
      throw new VergerError('E_LABEL_REGEX', { option: '--label', path }, { detail, cause });
    }
  };
}

function compile(source: string): RegExp {
  const place = { option: '--label' };
  let groups: number;
  let expression: RegExp;
  try {
    expression = new RegExp(source, 'u');
    // An empty alternative always matches, and gives one entry a group.
    groups = (new RegExp(`(?:${source})|`, 'u').exec('')?.length ?? 1) - 1;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new VergerError('E_LABEL_REGEX', place, { detail, cause });
  }
  if (groups === 0) throw new VergerError('E_LABEL_REGEX', place, { detail: 'It has no capture group.' });
  return expression;
}

/**
 * True when the expression, escapes and character classes aside, has at most two quantifiers and none follows
 * a group.
 */
function isCheap(source: string): boolean {
  const bare = source
    .replace(/\\./gsu, 'x')
    .replace(/\[[^\]]*\]/gu, 'x')
    .replace(/\(\?(?:[:=!]|<[=!]|<[^>]*>)/gu, '(');
  return !/\)[*+?{]/u.test(bare) && (bare.match(/[*+?{]\??/gu) ?? []).length <= 2;
}
