import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Fault, isTest, type Rule } from './arrows-rules.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly module: string; readonly resolved: string }[];
  }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** The rules that dependency-cruiser holds, with their sentences, as its configuration says them. */
export function cruiserRules(): Rule[] {
  const config = createRequire(import.meta.url)(`${home}${CONFIG}`) as {
    forbidden: { name: string; comment: string }[];
  };
  const sentences = new Map(config.forbidden.map(({ name, comment }) => [name, comment]));
  return [...sentences].map(([name, sentence]) => ({ name, sentence }));
}

/** The rules about imports that dependency-cruiser cannot say for workspaces. */
export const IMPORT_RULES: readonly Rule[] = [
  { name: 'by-name', sentence: 'another package is imported by its name, never by a path' },
  { name: 'declared', sentence: "every package that is imported stands in the importer's package.json" },
  { name: 'all-cruised', sentence: 'every .ts file is seen by dependency-cruiser' },
];

/** Runs dependency-cruiser over a tree; what it saw, and the faults it found. About 4 s of CPU. */
export async function cruise(root: string): Promise<Cruised> {
  const folders = ['packages', 'apps', 'test', 'tools', 'examples'].filter((folder) =>
    existsSync(`${root}${folder}`),
  );
  const child = spawn(
    `${home}node_modules/.bin/depcruise`,
    ['--config', CONFIG, '--output-type', 'json', ...folders],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Cruised;
}

/** The violations of dependency-cruiser as faults. */
export function cruiserFaults({ summary }: Cruised): Fault[] {
  return summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    file: from,
    detail:
      cycle === undefined
        ? `imports ${to}`
        : `imports ${cycle.map(({ name }) => name).join(', which imports ')}`,
  }));
}

const packageOf = (file: string) => /^(?:packages|apps)\/[^/]+\//.exec(file)?.[0];
const moduleName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function declaredIn(root: string, folder: string): Set<string> {
  const manifest = JSON.parse(readFileSync(`${root}${folder}package.json`, 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
  };
  return new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {})]);
}

/** Imports of another package by a path, and of packages that the importer's package.json does not name. Tests may. */
export function importFaults(root: string, { modules }: Cruised): Fault[] {
  const declared = new Map<string, Set<string>>();
  const faults: Fault[] = [];
  for (const { source, dependencies } of modules) {
    const folder = packageOf(source);
    if (folder === undefined || isTest(source)) continue;
    const names = declared.get(folder) ?? declaredIn(root, folder);
    declared.set(folder, names);
    for (const { module, resolved } of dependencies) {
      if (/^[./]/.test(module)) {
        if (!resolved.startsWith(folder)) {
          faults.push({ rule: 'by-name', file: source, detail: `imports ${module}` });
        }
      } else if (!builtinModules.includes(module.replace(/^node:/, '')) && !names.has(moduleName(module))) {
        faults.push({
          rule: 'declared',
          file: source,
          detail: `imports ${module}, which is not in ${folder}package.json`,
        });
      }
    }
  }
  return faults;
}

/** Files that were not cruised, and cruised ones that are not there: then the other rules would say nothing of them. */
export function uncruised(files: readonly string[], cruised: Cruised): Fault[] {
  const seen = new Set(cruisedSources(cruised));
  const there = new Set(files);
  return [
    ...files.filter((file) => !seen.has(file)).map((file) => [file, 'was not cruised'] as const),
    ...[...seen]
      .filter((file) => !there.has(file))
      .map((file) => [file, 'was cruised, but git does not know it'] as const),
  ].map(([file, detail]) => ({ rule: 'all-cruised', file, detail }));
}

/** The project's own modules that dependency-cruiser saw. */
export function cruisedSources({ modules }: Cruised): string[] {
  return modules
    .map(({ source }) => source)
    .filter((source) => source.endsWith('.ts') && !source.includes('node_modules/'));
}
