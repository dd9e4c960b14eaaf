/** Runs test files in the order that is given, three at a time: `node --test` sorts them. Its own process, because the files inherit its loader. */
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

const files = process.argv.slice(2);
/** Of which a test was heard: a runner inside another one runs none, and calls that success. */
const heard = new Set<string | undefined>();
const tests = run({ files, concurrency: 3 });
tests.on('test:pass', ({ file }) => heard.add(file));
tests.on('test:fail', ({ todo, file }) => {
  heard.add(file);
  if (todo === undefined) process.exitCode = 1;
});
const reported = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
reported.pipe(process.stdout);
tests.on('end', () => {
  const silent = files.filter((file) => ![...heard].some((one) => one?.endsWith(file)));
  if (silent.length === 0) return;
  process.stderr.write(`no test was run in ${silent.join(', ')}\n`);
  process.exitCode = 1;
});
