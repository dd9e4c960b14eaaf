import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A source that breaks a rule on purpose. The check must find it in a copy of the tree, or it proves nothing
 * of the tree.
 */
export interface Plant {
  readonly rule: string;
  readonly file: string;
  readonly text: string;
}

const plant = (rule: string, file: string, text: string): Plant => ({ rule, file, text: `${text}\n` });

/** At least one plant a rule; several where a rule can be broken in several ways. */
export const PLANTS: readonly Plant[] = [
  plant('resolvable', 'packages/pca/src/plant-lost.ts', "import './no-such-file.ts';"),
  plant('no-circle', 'packages/pca/src/plant-circle-back.ts', "export { a as b } from './plant-circle.ts';"),
  plant('core-alone', 'packages/core/src/plant-io.ts', "import 'node:fs';"),
  plant('core-alone', 'packages/core/src/plant-library.ts', "import 'pino';"),
  plant('core-alone', 'packages/core/src/plant-package.ts', "import '@verger/pca';"),
  plant('no-sibling', 'packages/pca/src/plant-sibling.ts', "import '@verger/tables';"),
  plant(
    'no-sibling',
    'packages/storage/src/plant-type.ts',
    "import type { drawOrchard } from '@verger/orchard';\nexport type Drawn = typeof drawOrchard;",
  ),
  plant(
    'no-sibling',
    'packages/pool/src/plant-lazy.ts',
    "export const late = () => import('@verger/runtime');",
  ),
  plant('no-upward', 'packages/runtime/src/plant-upward.ts', "import '@verger/run';"),
  plant('no-upward', 'packages/features/src/plant-child.ts', "import '@verger/stages/child';"),
  plant('no-upward', 'packages/run/src/plant-export.ts', "import '@verger/export';"),
  plant('no-upward', 'packages/cluster/src/plant-driver.ts', "import '@verger/driver';"),
  plant('no-upward', 'packages/stages/src/plant-cluster.ts', "import '@verger/cluster';"),
  plant('no-app', 'packages/stages/src/plant-app.ts', "import '../../../apps/verger/src/cli/main.ts';"),
  plant('no-other-app', 'apps/verger/src/plant-other.ts', "import '../../plant/src/plant-other.ts';"),
  plant(
    'entry-only',
    'apps/verger/src/plant-inside.ts',
    "import '../../../packages/core/src/errors/errors.ts';",
  ),
  plant('by-name', 'apps/verger/src/plant-path.ts', "import '../../../packages/core/src/index.ts';"),
  plant('no-test-in-source', 'packages/tables/src/plant-test.ts', "import './plant.test.ts';"),
  plant('no-test-in-source', 'packages/tables/src/plant-kit.ts', "import '@verger/testkit/rows';"),
  plant(
    'own-helpers',
    'packages/tables/src/plant-helper.test.ts',
    "import '../../pool/src/testing/child.ts';",
  ),
  plant('aws-apart', 'infra/aws/src/plant-package.ts', "import '@verger/core';"),
  plant('aws-apart', 'infra/aws/src/plant-tool.ts', "import '../../../tools/sources.ts';"),
  plant('aws-apart', 'test/e2e/plant-aws.ts', "import '../../infra/aws/src/options.ts';"),
  plant('auditor-alone', 'test/faults/audit/plant-own.ts', "import '@verger/core';"),
  plant('auditor-alone', 'test/faults/audit/plant-helper.ts', "import '@verger/testkit/run-folder';"),
  plant('declared', 'packages/pca/src/plant-library.ts', "import 'pino';"),
  plant('declared', 'packages/run/src/plant-package.ts', "import '@verger/orchard';"),
  plant('all-cruised', 'docs/plant-aside.ts', 'export {};'),
  plant('environment', 'packages/pca/src/plant-env.ts', "export const home = process.env['HOME'];"),
  plant('environment', 'packages/pool/src/plant-env.ts', 'export const { env } = process;'),
  plant('environment', 'packages/queue/src/plant-env.ts', "export const home = process['env'];"),
  plant('process-global', 'apps/verger/src/plant-env.ts', "export { env } from 'node:process';"),
  plant(
    'process-global',
    'packages/tables/src/plant-env.ts',
    "import node from 'node:process';\nexport const env = () => node.env;",
  ),
  plant(
    'process-global',
    'packages/pool/src/plant-exit.ts',
    "import { exit as end } from 'node:process';\nexport const stop = () => end(1);",
  ),
  plant('exit', 'packages/stages/src/plant-exit.ts', 'export const end = () => process.exit(1);'),
  plant(
    'run-layout',
    'packages/verify/src/plant-part.ts',
    'export const part = (n: number) => `features/part-' + '$' + '{n}.parquet`;',
  ),
  plant(
    'run-layout',
    'packages/tables/src/plant-end.ts',
    'export const end = (run: string) => `' + '$' + '{run}/_SUCCESS`;',
  ),
  plant('run-layout', 'apps/verger/src/plant-file.ts', "export const file = 'manifest.json';"),
];

/** What the plants need beside them, without being at fault. */
const BEDS: readonly (readonly [string, string])[] = [
  // A circle is reported once, for one of its files.
  ['packages/pca/src/plant-circle.ts', "export { b as a } from './plant-circle-back.ts';\n"],
  ['apps/plant/package.json', '{ "name": "@verger/plant", "type": "module" }\n'],
  ['apps/plant/src/plant-other.ts', 'export {};\n'],
  ['packages/tables/src/plant.test.ts', 'export {};\n'],
];

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * Links every installed package into the copy; the workspaces' own names lead to the copy, or its imports
 * would leave it.
 */
function linkModules(root: string, copy: string): void {
  mkdirSync(`${copy}node_modules/@verger`, { recursive: true });
  for (const name of readdirSync(`${root}node_modules`)) {
    if (name !== '@verger') symlinkSync(`${root}node_modules/${name}`, `${copy}node_modules/${name}`);
  }
  for (const kind of ['packages', 'apps']) {
    for (const name of readdirSync(`${copy}${kind}`)) {
      symlinkSync(`${copy}${kind}/${name}`, `${copy}node_modules/@verger/${name}`);
      const own = `${kind}/${name}/node_modules`;
      if (existsSync(`${root}${own}`)) symlinkSync(`${root}${own}`, `${copy}${own}`);
    }
  }
}

/**
 * Copies these files to the folder `copy` (with a last '/'), adds the plants, and gives the copy's `.ts`
 * files.
 */
export function plantCopy(root: string, copy: string, files: readonly string[]): string[] {
  for (const file of files) cpSync(`${root}${file}`, `${copy}${file}`);
  const planted = [...PLANTS.map(({ file, text }) => [file, text] as const), ...BEDS];
  for (const [file, text] of planted) write(`${copy}${file}`, text);
  linkModules(root, copy);
  return [...files, ...planted.map(([file]) => file)].filter((file) => file.endsWith('.ts'));
}
