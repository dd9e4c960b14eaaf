/** The figures of a whole tree: what its packages and apps hold, and how their sources import each other. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { countLongLines, quantile, type SourceFigures, sourceFigures } from './figures-source.ts';
import { trackedFiles } from './sources.ts';

const MOST_CHARACTERS = 110;
const FEATURES = 'packages/features/';

/** A row of the table: one package or app, or all of them. Lengths are in lines. */
export interface PackageFigures {
  readonly files: number;
  readonly lines: number;
  readonly fileMedian: number;
  readonly fileP90: number;
  readonly functionMedian: number;
  readonly functionP90: number;
  /** Names that others can import through its package.json. */
  readonly names: number;
  readonly undocumented: number;
}

/** The figures of one tree. */
export interface TreeFigures {
  /** By name of the folder: `core`, `apps/verger`. */
  readonly packages: ReadonlyMap<string, PackageFigures>;
  readonly total: PackageFigures;
  readonly longLines: { readonly ts: number; readonly md: number };
  /** Files from the program's main to the nearest file of packages/features, both included; else empty. */
  readonly chain: readonly string[];
  /** The same to the nearest file there that imports sharp, which decodes images. */
  readonly decoderChain: readonly string[];
}

/** What is read of a tree: sources by path; folder, name and entries (subpath → source) of each package. */
export interface Workspace {
  readonly sources: ReadonlyMap<string, SourceFigures>;
  readonly packages: readonly {
    readonly folder: string;
    readonly name: string;
    readonly entries: ReadonlyMap<string, string>;
  }[];
}

/** True for TypeScript of a package or app that is neither a test nor a helper of tests. */
export function isSource(file: string): boolean {
  const inPackage = /^(?:packages|apps)\/(?!testkit\/)[^/]+\/.*(?<!\.d)\.ts$/.test(file);
  return inPackage && !/\.test\.ts$|\/testing\//.test(file);
}

const folderOf = (file: string) => file.split('/').slice(0, 2).join('/');
const shownFolder = (folder: string) => folder.replace(/^packages\//, '');

/** Reads and counts a tree. Errors: where it is no git tree of this project. */
export function treeFigures(root: string): TreeFigures {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const tracked = trackedFiles(root, ['.ts', '.md']).filter((file) => existsSync(join(root, file)));
  const sources = new Map(
    tracked.filter(isSource).map((file) => [file, sourceFigures(file, read(file))] as const),
  );
  const folders = [...new Set([...sources.keys()].map(folderOf))];
  const workspace: Workspace = {
    sources,
    packages: folders.map((folder) => {
      const { name, exports = {} } = JSON.parse(read(`${folder}/package.json`)) as Manifest;
      return { folder, name, entries: sourceEntries(folder, exports) };
    }),
  };
  const longOf = (ending: string) =>
    tracked
      .filter((file) => file.endsWith(ending))
      .reduce((sum, file) => sum + countLongLines(read(file), MOST_CHARACTERS), 0);
  const main = folders.flatMap((folder) => mainOf(root, folder))[0];
  const chainTo = (isSought: (file: string) => boolean) =>
    main === undefined ? [] : shortestChain(workspace, main, isSought);
  const rows = workspace.packages.map(({ folder, entries }) => {
    const own = [...sources].filter(([file]) => folderOf(file) === folder).map(([, figures]) => figures);
    const reachable = [...entries.values()].flatMap((entry) => [...namesOf(workspace, entry)]);
    return { folder, own, names: new Set(reachable).size };
  });
  const names = rows.reduce((sum, row) => sum + row.names, 0);
  return {
    packages: new Map(rows.map((row) => [shownFolder(row.folder), packageFigures(row.own, row.names)])),
    total: packageFigures([...sources.values()], names),
    longLines: { ts: longOf('.ts'), md: longOf('.md') },
    chain: chainTo((file) => file.startsWith(FEATURES)),
    decoderChain: chainTo(
      (file) => file.startsWith(FEATURES) && sources.get(file)?.imports.includes('sharp') === true,
    ),
  };
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The sources behind a package's `exports`, by subpath. */
function sourceEntries(folder: string, exports: NonNullable<Manifest['exports']>): Map<string, string> {
  const entries = new Map<string, string>();
  for (const [subpath, target] of Object.entries(exports)) {
    const source = typeof target === 'string' ? target : target['verger-source'];
    if (source?.endsWith('.ts') === true) entries.set(subpath, posix.join(folder, source));
  }
  return entries;
}

/** The source that an app's bin/verger.js loads. */
function mainOf(root: string, folder: string): string[] {
  const bin = join(root, folder, 'bin/verger.js');
  if (!existsSync(bin)) return [];
  const built = /dist\/(.+)\.js/.exec(readFileSync(bin, 'utf8'))?.[1];
  return built === undefined ? [] : [`${folder}/src/${built}.ts`];
}

function packageFigures(own: readonly SourceFigures[], names: number): PackageFigures {
  const files = own.map(({ lines }) => lines);
  const functions = own.flatMap((figures) => figures.functions);
  return {
    files: own.length,
    lines: files.reduce((sum, lines) => sum + lines, 0),
    fileMedian: quantile(files, 0.5),
    fileP90: quantile(files, 0.9),
    functionMedian: quantile(functions, 0.5),
    functionP90: quantile(functions, 0.9),
    names,
    undocumented: own.reduce((sum, { undocumented }) => sum + undocumented.length, 0),
  };
}

/** The source that an import in `from` leads to; undefined outside the workspace. */
export function resolveImport(
  { sources, packages }: Workspace,
  from: string,
  module: string,
): string | undefined {
  if (module.startsWith('.')) {
    const file = posix.join(posix.dirname(from), module).replace(/\.js$/, '.ts');
    return sources.has(file) ? file : undefined;
  }
  const owner = packages.find(({ name }) => module === name || module.startsWith(`${name}/`));
  return owner?.entries.get(`.${module.slice(owner.name.length)}`);
}

/** The names that a file exports, `export *` followed. */
export function namesOf(workspace: Workspace, file: string, seen: Set<string> = new Set()): Set<string> {
  const figures = workspace.sources.get(file);
  if (figures === undefined || seen.has(file)) return new Set();
  seen.add(file);
  const passedOn = figures.stars.flatMap((module) => {
    const target = resolveImport(workspace, file, module);
    return target === undefined ? [] : [...namesOf(workspace, target, seen)];
  });
  return new Set([...figures.exported, ...passedOn]);
}

/** The shortest chain of imports from a file to one that is sought, both included; empty without one. */
export function shortestChain(
  workspace: Workspace,
  from: string,
  isSought: (file: string) => boolean,
): string[] {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  for (const file of before.keys()) {
    if (isSought(file)) {
      const chain: string[] = [];
      for (let at: string | undefined = file; at !== undefined; at = before.get(at)) chain.unshift(at);
      return chain;
    }
    for (const module of workspace.sources.get(file)?.imports ?? []) {
      const next = resolveImport(workspace, file, module);
      if (next !== undefined && !before.has(next)) before.set(next, file);
    }
  }
  return [];
}
