/** Which packages verger needs at run time, from the lock file of the tree. */

/** One package in a lock file (version 3), as far as it is read here. */
export interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  /** A platform may do without it. */
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The packages of a lock file by their folders. */
export type LockEntries = Readonly<Record<string, LockEntry>>;

/** A package of others: its folder in the tree, and what the lock of the packed program says of it. */
export interface ThirdParty {
  readonly folder: string;
  readonly entry: LockEntry;
}

/** What is needed at run time. */
export interface RunTimePackages {
  /** Folders of workspaces in the tree. */
  readonly workspaces: readonly string[];
  /** Packages of others, by the folder that each has in the packed program. */
  readonly others: ReadonlyMap<string, ThirdParty>;
}

/**
 * Everything that some workspaces need, and those workspaces. A package that a workspace has in its own
 * `node_modules` moves up to the others; throws when two versions would meet in one folder.
 */
export function runTimePackages(entries: LockEntries, from: readonly string[]): RunTimePackages {
  const needed = reachable(entries, from, { optional: false });
  const folders = [...reachable(entries, from, { optional: true })].sort();
  const others = new Map<string, ThirdParty>();
  for (const folder of folders.filter(isInstalled)) {
    const { dev, devOptional, peer, optional, ...rest }: LockEntry = entries[folder] ?? {};
    const entry = needed.has(folder) ? rest : { ...rest, optional: true };
    const target = folder.slice(folder.indexOf('node_modules/'));
    const other = others.get(target)?.entry.version;
    if (other !== undefined && other !== entry.version) {
      throw new Error(`${target} is needed as ${other} and as ${entry.version}`);
    }
    others.set(target, { folder, entry });
  }
  return { workspaces: folders.filter((folder) => !isInstalled(folder)), others };
}

const isInstalled = (folder: string) => folder.includes('node_modules/');

/** Folders of the packages that are reached from some workspaces, themselves with them. */
function reachable(
  entries: LockEntries,
  from: readonly string[],
  { optional }: { optional: boolean },
): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (folder: string): void => {
    if (reached.has(folder)) return;
    reached.add(folder);
    const entry = entries[folder] ?? {};
    const maybe = Object.keys(entry.optionalDependencies ?? {});
    const peers = Object.keys(entry.peerDependencies ?? {});
    const musts = [
      ...Object.keys(entry.dependencies ?? {}),
      ...peers.filter((name) => entry.peerDependenciesMeta?.[name]?.optional !== true),
    ].filter((name) => !maybe.includes(name));
    for (const name of optional ? [...musts, ...maybe] : musts) {
      const found = lookUp(entries, folder, name);
      if (found !== undefined) visit(found);
      else if (musts.includes(name)) throw new Error(`the lock file has no ${name}, which ${folder} needs`);
    }
  };
  for (const folder of from) visit(folder);
  return reached;
}

/**
 * The folder in which Node finds a package that one in `from` imports; of a workspace, where its link leads.
 */
function lookUp(entries: LockEntries, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const folder = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    const entry = entries[folder];
    if (entry !== undefined) return entry.link === true ? entry.resolved : folder;
    if (at === '') return undefined;
  }
}
