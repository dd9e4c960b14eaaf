/** `npm run check`: lint and format, types, arrows, generated pages. What CI runs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps: readonly (readonly [string, readonly string[]])[] = [
  ['lint', ['biome', 'check', '--error-on-warnings', '.']],
  ['types', ['tsc', '-p', 'tsconfig.check.json']],
  ['browser types', ['tsc', '-p', 'packages/report/tsconfig.browser.json']],
  ['arrows', ['tsx', 'tools/arrows.ts']],
  ['errors page', ['tsx', '--conditions=verger-source', 'tools/errors-page.ts', '--check']],
];
for (const [name, [command, ...args]] of steps) {
  const started = Date.now();
  const { status } = spawnSync(`${root}node_modules/.bin/${command}`, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`check failed: ${name}\n`);
    process.exit(1);
  }
  process.stdout.write(`check: ${name} ok (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}
