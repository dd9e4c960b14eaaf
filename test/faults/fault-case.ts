/** One fault: what is done to a run, and what must hold after it. */
export interface FaultCase {
  /** Its class, as the table of `docs/reliability.md` names it. */
  readonly group: string;
  /** Within its class: says what is spoilt, where and how. With the seed it is the same case again. */
  readonly name: string;
  /**
   * Works in a new folder. Gives how the disturbed run ended: `done` or a code. Throws when something does
   * not hold.
   */
  run(folder: string): Promise<string>;
}

/** A class of faults. Its cases are known before any of them is run. */
export interface FaultGroup {
  readonly name: string;
  /** One sentence for the table. */
  readonly what: string;
  /** Real processes: a case takes ten times as long. */
  readonly real: boolean;
  readonly cases: readonly FaultCase[];
}

/** What does not hold. */
export class CaseFailure extends Error {}

/** Throws unless the condition holds. */
export function mustHold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CaseFailure(what);
}

/** Names of the entries that differ between two maps of hashes. */
export function differing(
  found: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].filter((name) => found[name] !== expected[name]).sort();
}

/** What a run that nothing happened to looks like. */
export interface Undisturbed {
  /** sha256 of each file whose bytes are promised. */
  readonly promised: Readonly<Record<string, string>>;
  /** All its files, but for epochs. */
  readonly files: readonly string[];
}

/**
 * Codes that would say something untrue of a disk that failed, or that verger does not understand its own
 * state.
 */
const WRONG_CODES = [
  ...['E_INTERNAL', 'E_RUN_CORRUPT', 'E_PART_CORRUPT', 'E_SUMS_CORRUPT', 'E_STORAGE_KEY', 'E_RUN_CONFLICT'],
];

/** The disturbed run ended well, or with an error that is clear and true. */
export function mustBeClear(code: string, text: string, also: readonly string[] = []): void {
  const wrong = WRONG_CODES.includes(code) && !also.includes(code);
  mustHold(!wrong, `it ended with ${code}:\n${text}`);
  mustHold(!/^ {4}at /m.test(text), `a stack trace:\n${text}`);
  mustHold(
    code === 'done' || /^E_[A-Z0-9_]+: .+[\s\S]*\n {2}next: {2}\S/.test(text),
    `not a clear error:\n${text}`,
  );
}
