/** Which test files are begun first, and how the file that says so is kept. */

/** Seconds that test files took, by their paths. */
export type TestTimes = Readonly<Record<string, number>>;

/**
 * The files, longest first: begun last, a long one would run on alone when all others have ended. Files
 * without a time come before all others; among equals, byte order.
 */
export function longestFirst(files: readonly string[], times: TestTimes): string[] {
  const secondsOf = (file: string) => times[file] ?? Number.MAX_VALUE;
  return [...files].sort((a, b) => secondsOf(b) - secondsOf(a) || (a < b ? -1 : 1));
}

/**
 * The times with those that were measured put in, without files that are gone: whole seconds, in byte order
 * of the paths.
 */
export function withMeasured(
  times: TestTimes,
  { measuredMs, files }: { measuredMs: Readonly<Record<string, number>>; files: readonly string[] },
): TestTimes {
  const seconds = (file: string) => {
    const ms = measuredMs[file];
    return ms === undefined ? times[file] : Math.round(ms / 1000);
  };
  return Object.fromEntries(
    [...files].sort().flatMap((file) => {
      const value = seconds(file);
      return value === undefined ? [] : [[file, value] as const];
    }),
  );
}
