/**
 * Which test files share a process. To start one, with the modules that tests import, takes 0.3–1 s of CPU: as
 * long as most files' tests.
 */
import type { TestTimes } from './test-order.ts';

/** A test file and its text. */
export interface TestSource {
  readonly file: string;
  readonly text: string;
}

/** Files of a group together take about that many seconds, a start counted as a third of one. */
const GROUP_SECONDS = 12;
const START_SECONDS = 0.3;
/** Longer ones run alone, so that the last group is not the one that keeps the others waiting. */
const ALONE_SECONDS = 5;

/**
 * What reaches beyond its file: hooks at the top would be those of all files in the process; mocks, timers,
 * variables and handlers of the process might be met by the tests of another. Drawings are made of SVG, which
 * is blocked for a process in which the decoder has worked.
 */
const REACHES_OUT = [
  /^(?:before|after|beforeEach|afterEach)\(/m,
  /(?<![\w.])mock\./,
  /process\.env(?:\[[^\]]*\]|\.\w+)\s*=(?!=)|Object\.assign\(process\.env|delete process\.env/,
  /process\.(?:on|once|exit|exitCode|chdir|execArgv|umask)\b/,
  /from '[^']*(?:orchard|testkit\/images)[^']*'/,
];

/** True for a file that needs a process of its own. */
export function runsAlone({ file, text }: TestSource, times: TestTimes): boolean {
  return (times[file] ?? 0) > ALONE_SECONDS || REACHES_OUT.some((pattern) => pattern.test(text));
}

/**
 * The files in groups, one process each, neighbours together because they import the same modules. Within a
 * group and between groups in byte order of the paths.
 */
export function groupFiles(sources: readonly TestSource[], times: TestTimes): string[][] {
  const sorted = [...sources].sort((a, b) => (a.file < b.file ? -1 : 1));
  const groups: string[][] = [];
  let open: string[] = [];
  let seconds = 0;
  for (const source of sorted) {
    const { file } = source;
    if (runsAlone(source, times)) {
      groups.push([file]);
      continue;
    }
    const own = (times[file] ?? 1) + START_SECONDS;
    if (open.length === 0 || seconds + own > GROUP_SECONDS) {
      open = [];
      groups.push(open);
      seconds = 0;
    }
    open.push(file);
    seconds += own;
  }
  return groups;
}

/** The text of a module that runs the tests of some files: `urls` are theirs. */
export function groupModule(urls: readonly string[]): string {
  return urls.map((url) => `import ${JSON.stringify(url)};\n`).join('');
}
