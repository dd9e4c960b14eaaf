/**
 * `npm run pack`: makes `verger-<version>.tgz`, which npm installs on machines without this tree, and its
 * bill of materials, `verger-<version>.sbom.json`. `--to DIR` writes them elsewhere; `--built` skips the
 * build. The same tree gives the same bytes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stagePackage } from './pack-stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { to: { type: 'string' }, built: { type: 'boolean' } } });
const to = resolve(values.to ?? root);
if (values.built !== true) run(process.execPath, [join(root, 'tools/build.js')], root);
const place = mkdtempSync(join(tmpdir(), 'verger-pack-'));
try {
  const folder = join(place, 'verger'); // npm sbom calls the package as its folder is called
  mkdirSync(folder);
  const { version } = stagePackage(root, folder);
  const sbom = JSON.parse(
    run('npm', ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx'], folder),
  ) as { serialNumber?: string; metadata: { timestamp?: string } };
  delete sbom.serialNumber; // another one each time, as is the time
  delete sbom.metadata.timestamp;
  const name = join(to, `verger-${version}`);
  writeFileSync(`${name}.sbom.json`, `${JSON.stringify(sbom, null, 1)}\n`);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', to], folder);
  const size = (statSync(`${name}.tgz`).size / 2 ** 20).toFixed(1);
  process.stdout.write(`${name}.tgz: ${size} MiB\n${name}.sbom.json\n`);
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** What a program printed to stdout. Throws when it failed; what it said of that is on stderr. */
function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}`);
  return stdout;
}
