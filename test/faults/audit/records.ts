import { type Audit, canonical, sha256 } from './context.ts';
import type { Shape } from './shape.ts';

/** sha256 and size of a file. */
export interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

export interface PcaOptions {
  readonly variance: number | null;
  readonly components: number | null;
  readonly standardise: boolean;
  readonly sparkCompatible: boolean;
}

export interface Manifest {
  readonly runId: string;
  readonly identity: string;
  readonly images: string;
  readonly extraction: {
    readonly label: string;
    readonly limit: number | null;
    readonly sample: number | null;
    readonly seed: number;
    readonly partitions: number | null;
    readonly partitionSize: number | null;
  };
  readonly pca: PcaOptions;
  /** Only of a transform. */
  readonly model?: { readonly sha256: string; readonly runId: string };
  readonly fingerprint: Readonly<Record<string, unknown>>;
  readonly listing: {
    readonly sha256: string;
    readonly images: number;
    readonly bytes: number;
    readonly labels: number;
    readonly refused: number;
  };
  readonly partDigits: number;
  readonly partitions: readonly {
    readonly images: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** One line of a listing part. */
export interface ListedImage {
  readonly path: string;
  readonly label: string;
  readonly bytes: number;
  readonly version: string;
  readonly refused?: string;
}

/** One line of `quarantine.jsonl`. */
export interface QuarantinedImage {
  readonly path: string;
  readonly label: string;
  readonly code: string;
  readonly reason: string;
  readonly bytes: number;
  readonly environmental: boolean;
  /** Absent: the store gave none. */
  readonly storeCode?: string;
}

export interface Commit {
  readonly runIdentity: string;
  readonly partition: number;
  readonly rowsDigest: string;
  readonly features: StoredFile;
  readonly sums: StoredFile;
  readonly listed: number;
  readonly extracted: number;
  readonly reused?: number;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly numericClass: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly at: string;
  readonly worker: {
    readonly host: string;
    readonly pid: number;
    readonly name: string;
    readonly cpu?: string;
    readonly instanceType?: string;
  };
  readonly timings: Readonly<Record<'readMs' | 'decodeMs' | 'inferenceMs' | 'encodeMs' | 'wallMs', number>>;
}

export interface Epoch {
  readonly epoch: number;
  readonly cause: string;
  readonly leftOut?: unknown;
  readonly finish: {
    readonly csv: boolean;
    readonly withImages: boolean;
    readonly csvRaw: boolean;
    readonly csvBom?: true;
    readonly htmlReport?: false;
    readonly maxBad: number;
  };
}

export interface PcaModel {
  readonly k: number;
  readonly count: number;
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly components: readonly (readonly number[])[];
  readonly explainedVariance: readonly number[];
  readonly explainedVarianceRatio: readonly number[];
  readonly totalVariance: number;
  readonly sumsDigest: string;
  readonly options: PcaOptions;
}

export interface LabelCentroids {
  readonly truncated: boolean;
  readonly labels: readonly {
    readonly label: string;
    readonly count: number;
    readonly centroid: readonly number[];
  }[];
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as strict UTF-8. Throws. */
export function textOf(bytes: Uint8Array): string {
  return strict.decode(bytes);
}

/**
 * A JSON record of the run: exactly the shape, printed as verger prints it (so that no byte of it may differ
 * unseen), and with the self-hash of the rest where it has one. Undefined when it cannot be used; faults are
 * noted.
 */
export async function readRecord<T>(
  audit: Audit,
  file: string,
  shape: Shape,
  form: 'indented' | 'line' = 'indented',
): Promise<T | undefined> {
  const bytes = await audit.read(file);
  if (bytes === undefined) return undefined;
  let value: unknown;
  try {
    const text = textOf(bytes);
    value = JSON.parse(text);
    const printed = form === 'line' ? JSON.stringify(value) : JSON.stringify(value, null, 1);
    if (text !== `${printed}\n`) audit.fault(file, 'it is not printed as verger prints it');
  } catch (error) {
    audit.fault(file, `it is not JSON: ${String(error)}`);
    return undefined;
  }
  const fault = shape(value, '');
  if (fault !== undefined) {
    audit.fault(file, fault);
    return undefined;
  }
  const { selfHash, ...rest } = value as { selfHash?: string };
  if (selfHash !== undefined && sha256(canonical(rest)) !== selfHash) {
    audit.fault(file, 'its self-hash is not that of the rest');
  }
  return value as T;
}
