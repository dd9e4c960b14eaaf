/**
 * `npm run test:aws`: everything about AWS that can be proved without it. Installs infra/aws if needed, checks
 * its types, runs its tests, cfn-lint on its templates, and the tests of test/aws, which find the templates in
 * VERGER_AWS_TEMPLATES. Without python3 cfn-lint is skipped by name; VERGER_REQUIRE_SERVERS=1 makes that a
 * failure. About a minute.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { trackedFiles } from './sources.ts';

const CFN_LINT = '1.58.0';
const root = fileURLToPath(new URL('..', import.meta.url));
const aws = join(root, 'infra/aws');
const templates = mkdtempSync(join(tmpdir(), 'verger-aws-templates-'));

interface Command {
  readonly cwd?: string;
  readonly quiet?: boolean;
}

/** Runs a program to its end; the output of a quiet one is shown only if it fails. Ends the process then. */
function run(program: string, args: readonly string[], { cwd = aws, quiet = false }: Command = {}): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    stdio: quiet ? 'pipe' : 'inherit',
    encoding: 'utf8',
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', VERGER_AWS_TEMPLATES: templates },
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}failed: ${program} ${args.join(' ')} ${error ?? ''}\n`);
  rmSync(templates, { recursive: true, force: true });
  process.exit(1);
}

function step(name: string, work: () => void): void {
  const started = Date.now();
  work();
  process.stdout.write(`test:aws: ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

/** True when what is installed is what the lock file says. npm writes down what it installed. */
function isInstalled(): boolean {
  const stamp = join(aws, 'node_modules/.verger-lock');
  const lock = join(aws, 'package-lock.json');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8');
}

function install(): void {
  run('npm', ['ci', '--include=dev', '--prefix', aws, '--no-progress'], { cwd: root, quiet: true });
  writeFileSync(join(aws, 'node_modules/.verger-lock'), readFileSync(join(aws, 'package-lock.json'), 'utf8'));
}

/** The program, in an environment of its own; undefined without python3 and its module venv. */
function cfnLint(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, `verger-ci/cfn-lint-${CFN_LINT}`);
  const program = join(folder, 'bin/cfn-lint');
  if (existsSync(program)) return program;
  if (spawnSync('python3', ['-c', 'import ensurepip, venv']).status !== 0) return undefined;
  run('python3', ['-m', 'venv', folder], { quiet: true });
  run(join(folder, 'bin/pip'), ['install', '--quiet', `cfn-lint==${CFN_LINT}`], { quiet: true });
  return program;
}

function lintTemplates(): void {
  const program = cfnLint();
  if (program !== undefined) {
    run(program, [join(templates, '*.template.json')]);
    return;
  }
  process.stdout.write('skipped: cfn-lint, because there is no python3 with its module venv\n');
  if (process.env['VERGER_REQUIRE_SERVERS'] === '1') run('python3', ['-c', 'import ensurepip, venv']);
}

if (!isInstalled()) step('npm ci --prefix infra/aws', install);
const tsc = join(aws, 'node_modules/typescript/bin/tsc');
step('types', () => run(process.execPath, [tsc, '-p', aws]));
const testFiles = trackedFiles(root, ['.test.ts']).filter((file) => existsSync(join(root, file)));
const tests = testFiles.filter((file) => file.startsWith('infra/aws/'));
// In one process: to load the CDK takes as long as most of the tests.
const modules = [...tests, 'infra/aws/test/write-templates.ts'].map((file) =>
  pathToFileURL(join(root, file)),
);
const entry = modules.map((url) => `await import('${url.href}');`).join('\n');
step('tests and templates of infra/aws', () =>
  run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', entry]),
);
step('cfn-lint', lintTemplates);
if (testFiles.some((file) => file.startsWith('test/aws/'))) {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  step('test/aws', () => run(process.execPath, [tsx, 'tools/test.ts', 'test/aws/'], { cwd: root }));
}
rmSync(templates, { recursive: true, force: true });
