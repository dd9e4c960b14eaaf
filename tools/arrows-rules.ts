/** One rule of the arrows check. */
export interface Rule {
  readonly name: string;
  readonly sentence: string;
}

/** A place that breaks a rule. `detail` says how, as the end of a sentence that begins with the file. */
export interface Fault {
  readonly rule: string;
  readonly file: string;
  readonly detail: string;
}

/** Tests, their helpers and tools: counted, but free to import what they like. Says the same as TESTS in `.dependency-cruiser.cjs`. */
export function isTest(file: string): boolean {
  return /\.test\.ts$|\/src\/testing\/|^packages\/testkit\/|^test\/|^tools\//.test(file);
}
