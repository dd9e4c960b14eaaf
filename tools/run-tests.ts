/**
 * Runs test files in the order that is given, four at a time: `node --test` sorts them. Its own process,
 * because the files inherit its loader. With VERGER_TEST_TIMES, writes there how many milliseconds each took.
 * What failed is said once more at the end, because CI keeps only the end of what is printed.
 */
import { writeFileSync } from 'node:fs';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';
import { inspect } from 'node:util';

const FAILURE_LINES = 30;
// Inside another runner's test this one would run none, and call that success.
delete process.env['NODE_TEST_CONTEXT'];
const timesFile = process.env['VERGER_TEST_TIMES'];
delete process.env['VERGER_TEST_TIMES'];
const files = process.argv.slice(2);
const tests = run({ files, concurrency: 4 });
let heard = 0;
tests.on('test:pass', () => {
  heard += 1;
});
const failures: string[] = [];
tests.on('test:fail', ({ todo, name, file, line, details }) => {
  heard += 1;
  if (todo !== undefined) return;
  process.exitCode = 1;
  // A suite fails because a test in it did, which has been told.
  if ('failureType' in details.error && details.error.failureType === 'subtestsFailed') return;
  failures.push(
    `${name} (${file ?? 'no file'}:${line ?? '?'})\n${inspect(details.error.cause ?? details.error)}`,
  );
});
const measuredMs: Record<string, number> = {};
// A file is a test of that name, of which Node tells no more than that it has ended.
tests.on('test:complete', ({ name, nesting, details }) => {
  if (nesting === 0 && files.includes(name)) measuredMs[name] = details.duration_ms;
});
tests.on('end', () => {
  if (timesFile !== undefined) writeFileSync(timesFile, JSON.stringify(measuredMs));
  if (heard > 0) return;
  process.stderr.write('no test was run\n');
  process.exitCode = 1;
});
const reported = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
for await (const text of reported) process.stdout.write(text as string);
for (const failure of failures) {
  const lines = failure.split('\n').slice(0, FAILURE_LINES);
  process.stdout.write(`# failed: ${lines.join('\n#   ')}\n`);
}
