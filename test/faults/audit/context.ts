import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is wrong, and in which file (run-relative; empty for the run as a whole). */
export interface Finding {
  readonly file: string;
  readonly fault: string;
}

/** How a run is audited. */
export interface AuditOptions {
  /** The folder IMAGES: base64 cells of `result.csv` are compared with the files. */
  readonly images?: string;
  /** A run that was stopped: what is not there yet is no fault, what is there must be right. */
  readonly unfinishedOk?: boolean;
  /**
   * Facts about file contents, by sha256, that an earlier audit proved: sums of features, the PCA model of
   * sums, projections of features. Kept and added to here, so that a campaign over many copies of a run pays
   * for each only once.
   */
  readonly known?: Set<string>;
}

/** One audit under way: the files of the run and what was found so far. */
export interface Audit {
  readonly folder: string;
  /** Regular files, run-relative, with their size. */
  readonly files: ReadonlySet<string>;
  readonly images: string | undefined;
  readonly unfinishedOk: boolean;
  readonly known: Set<string>;
  readonly findings: Finding[];
  fault(file: string, fault: string): void;
  /** The bytes of a file; undefined when it is not there. */
  read(file: string): Promise<Buffer | undefined>;
  /** sha256 and size of a file, read for it at most once; undefined when it is not there. */
  hashOf(file: string): Promise<{ readonly sha256: string; readonly bytes: number } | undefined>;
  /** As `read`; its absence is a fault. */
  require(file: string): Promise<Buffer | undefined>;
}

/** sha256 as 64 hexadecimal characters. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * JSON with sorted keys and no white space, written for the audit: the self-hashes and digests of a run are
 * taken over it.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner === null || typeof inner !== 'object' || Array.isArray(inner)
      ? inner
      : Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        ),
  );
}

/** Opens a run folder: lists it, and notes whatever is neither a file nor a folder. */
export async function openAudit(folder: string, options: AuditOptions): Promise<Audit> {
  const findings: Finding[] = [];
  const fault = (file: string, text: string) => {
    findings.push({ file, fault: text });
  };
  const files = new Set<string>();
  const walk = async (relative: string): Promise<void> => {
    for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile()) files.add(name);
      else fault(name, 'it is neither a file nor a folder');
    }
  };
  try {
    await walk('');
  } catch (error) {
    fault('', `the folder cannot be read: ${messageOf(error)}`);
  }
  const hashes = new Map<string, { sha256: string; bytes: number }>();
  const read = async (file: string) => {
    if (!files.has(file)) return undefined;
    const bytes = await readFile(join(folder, file));
    if (!hashes.has(file)) hashes.set(file, { sha256: sha256(bytes), bytes: bytes.length });
    return bytes;
  };
  return {
    folder,
    files,
    images: options.images,
    unfinishedOk: options.unfinishedOk ?? false,
    known: options.known ?? new Set(),
    findings,
    fault,
    read,
    hashOf: async (file) => {
      if (!hashes.has(file)) await read(file);
      return hashes.get(file);
    },
    require: async (file) => {
      const bytes = await read(file);
      if (bytes === undefined) fault(file, 'it is not there');
      return bytes;
    },
  };
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs one check; what it throws becomes a finding about the file. */
export async function guarded<T>(
  audit: Audit,
  file: string,
  check: () => Promise<T> | T,
): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    audit.fault(file, `it cannot be read as what it should be: ${messageOf(error)}`);
    return undefined;
  }
}
