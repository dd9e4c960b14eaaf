import type { LockEntries } from './pack-lock.ts';

/** As much of a package.json as is packed. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license: string;
  readonly type: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: readonly string[];
}

/** The package.json of the packed program. It has no scripts. */
export function programManifest(
  { version, description = '', license, type, engines = {} }: Manifest,
  bundled: readonly Manifest[],
  others: Readonly<Record<string, string>>,
): Manifest {
  const own = bundled.map(({ name, version }) => [name, version] as const);
  return {
    name: 'verger',
    version,
    description,
    license,
    type,
    engines,
    bin: { verger: 'bin/verger.js' },
    exports: { '.': { types: './lib/index.d.ts', default: './lib/index.js' } },
    dependencies: { ...Object.fromEntries(own), ...others },
    bundleDependencies: own.map(([name]) => name),
  };
}

/**
 * The package.json of a bundled workspace. Without `verger-source`, since no source is packed; without
 * dependencies, which are those of the program: npm takes what a bundled package depends on for bundled, too.
 */
export function bundledManifest({ name, version, license, type, exports }: Manifest): Manifest {
  const built = Object.entries(exports ?? {}).map(([path, conditions]) => {
    const { 'verger-source': _, ...packed } = conditions;
    return [path, packed] as const;
  });
  return { name, version, license, type, exports: Object.fromEntries(built) };
}

/**
 * The lock file that npm follows in a package it installs: it pins the dependencies of dependencies as well.
 */
export function shrinkwrap(program: Manifest, bundled: readonly Manifest[], others: LockEntries): object {
  const { exports: _, description: __, type: ___, ...root } = program;
  const own = bundled.map(({ name, version, license }) => {
    return [`node_modules/${name}`, { version, license, inBundle: true }] as const;
  });
  const entries = [...own, ...Object.entries(others)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: program.name,
    version: program.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(entries) },
  };
}
