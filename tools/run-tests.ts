/** Runs test files in the order that is given, three at a time: `node --test` sorts them. Its own process, because the files inherit its loader. */
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

const tests = run({ files: process.argv.slice(2), concurrency: 3 });
tests.on('test:fail', ({ todo }) => {
  if (todo === undefined) process.exitCode = 1;
});
const reported = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
reported.pipe(process.stdout);
