/**
 * Runs test files in the order that is given, four at a time: `node --test` sorts them. Its own process,
 * because the files inherit its loader. With VERGER_TEST_TIMES, writes there how many milliseconds each took.
 */
import { writeFileSync } from 'node:fs';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

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
tests.on('test:fail', ({ todo }) => {
  heard += 1;
  if (todo === undefined) process.exitCode = 1;
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
reported.pipe(process.stdout);
