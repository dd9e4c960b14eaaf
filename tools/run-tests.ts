/** Runs test files in the order that is given, three at a time: `node --test` sorts them. Its own process, because the files inherit its loader. */
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

// Inside another runner's test this one would run none, and call that success.
delete process.env['NODE_TEST_CONTEXT'];
const tests = run({ files: process.argv.slice(2), concurrency: 3 });
let heard = 0;
tests.on('test:pass', () => {
  heard += 1;
});
tests.on('test:fail', ({ todo }) => {
  heard += 1;
  if (todo === undefined) process.exitCode = 1;
});
tests.on('end', () => {
  if (heard > 0) return;
  process.stderr.write('no test was run\n');
  process.exitCode = 1;
});
const reported = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
reported.pipe(process.stdout);
