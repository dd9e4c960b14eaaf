/**
 * The names of a run's files, relative to the run folder. Only this file builds them.
 * `part` takes the partition number; `digits` is fixed in the manifest.
 */
export interface RunLayout {
  readonly digits: number;
  listing(part: number): string;
  features(part: number): string;
  sums(part: number): string;
  commit(part: number): string;
  projection(part: number): string;
}

/** Digits of part numbers for that many partitions: at least five. */
export function partDigits(partitions: number): number {
  return Math.max(5, String(Math.max(0, partitions - 1)).length);
}

const number = (value: number, digits: number) => String(value).padStart(digits, '0');

/** The part files of a run whose manifest says `digits`. */
export function runLayout(digits: number): RunLayout {
  const part = (folder: string, extension: string) => (index: number) =>
    `${folder}/part-${number(index, digits)}.${extension}`;
  return {
    digits,
    listing: part('listing', 'jsonl'),
    features: part('features', 'parquet'),
    sums: part('sums', 'sums'),
    commit: part('commits', 'json'),
    projection: part('projection', 'parquet'),
  };
}

/** The files of a run of which there is one each. */
export const RUN_FILES = {
  manifest: 'manifest.json',
  /** Of a transform: the model it applies, frozen with the manifest; `pca/model.json` is made from it. */
  givenModel: 'given-model.json',
  /** Of a run with int8: what its network is made from, frozen with the manifest. */
  calibration: 'calibration.json',
  /** Of a run with --strict: the numeric class of the first worker, which all others must have. */
  numericClass: 'class.json',
  model: 'pca/model.json',
  labels: 'pca/labels.json',
  quarantine: 'quarantine.jsonl',
  report: 'report.json',
  /** What an autoscaler decided while the run was under way. */
  scaling: 'scaling.json',
  csv: 'result.csv',
  /**
   * What each partition took, and where: derived from the commits, so that a finished run is read at once.
   */
  timeline: 'timeline.json',
  /** The page of the run that stands by itself; absent with --no-report. */
  htmlReport: 'report.html',
  success: '_SUCCESS',
} as const;

/** The folders of a run. */
export const RUN_FOLDERS = {
  epochs: 'epochs/',
  failures: 'failures/',
  control: 'control/',
  commits: 'commits/',
  features: 'features/',
  listing: 'listing/',
  pca: 'pca/',
  projection: 'projection/',
  sums: 'sums/',
  setAside: 'set-aside/',
} as const;

/**
 * The files of an output folder that belong to no run: what several runs share. No run has such a name
 * (RUN_NAME).
 */
export const SHARED_FILES = {
  /** A weights file that workers fetch, by its sha256. */
  weights: (sha256: string) => `_shared/weights/${sha256}`,
} as const;

/** `epochs/0003.json` */
export function epochFile(epoch: number): string {
  return `epochs/${number(epoch, 4)}.json`;
}

/** `control/cancelled-0003.json` */
export function cancelFile(epoch: number): string {
  return `control/cancelled-${number(epoch, 4)}.json`;
}

/** A job as the names of its failure files have it; `part` is null for a job of the whole run. */
interface FailedJob {
  readonly kind: 'extract' | 'reduce' | 'project' | 'finish';
  readonly part: number | null;
  readonly epoch: number;
}

/** What the failure files of one job in one epoch start with: their number is that of its failed attempts. */
export function failurePrefix({ kind, part, epoch }: FailedJob, digits: number): string {
  const what = part === null ? kind : `${kind === 'extract' ? 'part' : kind}-${number(part, digits)}`;
  return `failures/${what}-e${number(epoch, 4)}-`;
}

/**
 * `failures/part-00042-e0001-a02-<id>.json`, or `failures/reduce-e0001-a01-<id>.json` for a job of the whole
 * run.
 */
export function failureFile(job: FailedJob, attempt: number, unique: { digits: number; id: string }): string {
  return `${failurePrefix(job, unique.digits)}a${number(attempt, 2)}-${unique.id}.json`;
}

/** True for a failure file of that epoch. */
export function isFailureOf(file: string, epoch: number): boolean {
  return file.startsWith(RUN_FOLDERS.failures) && file.includes(`-e${number(epoch, 4)}-`);
}

/** The epoch number in an epoch file's name, or undefined for any other name. */
export function epochOf(file: string): number | undefined {
  const match = /^epochs\/(\d{4,})\.json$/.exec(file) ?? /^control\/cancelled-(\d{4,})\.json$/.exec(file);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * `set-aside/0003/features/part-99999.parquet`: where the repair of epoch 3 put a file that is not the run's.
 */
export function setAsideFile(epoch: number, file: string): string {
  return `${RUN_FOLDERS.setAside}${number(epoch, 4)}/${file}`;
}

/**
 * What a file of a run is by its name. `number` is the partition of a part, the epoch of an epoch or a cancel
 * mark.
 */
export interface RunFileName {
  readonly kind: RunFileKind;
  readonly number: number | null;
}

/** What kind of file of a run a name is. */
export type RunFileKind =
  | keyof typeof RUN_FILES
  | 'listing'
  | 'features'
  | 'sums'
  | 'commit'
  | 'projection'
  | 'epoch'
  | 'cancelled'
  | 'failure'
  | 'setAside';

const PART_KINDS = ['listing', 'features', 'sums', 'commit', 'projection'] as const;

/**
 * The meaning of a name in the folder of a run with so many partitions; undefined when no file of the run has
 * that name.
 */
export function runFileOf(file: string, layout: RunLayout, partitions: number): RunFileName | undefined {
  for (const [kind, name] of Object.entries(RUN_FILES)) {
    if (file === name) return { kind: kind as keyof typeof RUN_FILES, number: null };
  }
  const index = Number(/-(\d+)\.[a-z]+$/.exec(file)?.[1] ?? Number.NaN);
  for (const kind of PART_KINDS) {
    if (index < partitions && layout[kind](index) === file) return { kind, number: index };
  }
  const epoch = epochOf(file);
  if (epoch !== undefined && epochFile(epoch) === file) return { kind: 'epoch', number: epoch };
  if (epoch !== undefined && cancelFile(epoch) === file) return { kind: 'cancelled', number: epoch };
  if (/^failures\/(part|reduce|project|finish)-[-\da-z]*e\d{4,}-a\d\d+-[\da-f]+\.json$/.test(file)) {
    return { kind: 'failure', number: null };
  }
  return file.startsWith(RUN_FOLDERS.setAside) ? { kind: 'setAside', number: null } : undefined;
}

/**
 * True for a name that whoever reads the run's folders by a pattern (`features/*.parquet`, also below) would
 * take for data.
 */
export function isReadAsData(file: string): boolean {
  return /^(listing|features|sums|commits|projection|pca|epochs)\/[^.].*\.(jsonl|parquet|sums|json)$/.test(
    file,
  );
}

const PART = '/part-\\d{5,9}\\.';

/**
 * Names of a run's files, what depends on others first: a run from which the first so many are gone is an
 * unfinished run.
 */
const REMOVAL_ORDER: readonly RegExp[] = [
  RUN_FILES.success,
  RUN_FILES.csv,
  RUN_FILES.htmlReport,
  RUN_FILES.timeline,
  RUN_FILES.report,
  RUN_FILES.quarantine,
  `projection${PART}parquet`,
  // The model is what says that the reduce is done: it goes before the labels, which are created before it.
  RUN_FILES.model,
  RUN_FILES.labels,
  `commits${PART}json`,
  `sums${PART}sums`,
  `features${PART}parquet`,
  'failures/[a-z]+(-\\d{5,9})?-e\\d{4,}-a\\d{2,}-[0-9a-f]+\\.json',
  'control/cancelled-\\d{4,}\\.json',
  'epochs/\\d{4,}\\.json',
  `listing${PART}jsonl`,
  RUN_FILES.numericClass,
  RUN_FILES.givenModel,
  RUN_FILES.calibration,
  // Late: an autoscaler writes it again as long as the manifest is there.
  RUN_FILES.scaling,
  RUN_FILES.manifest,
].map((name) => new RegExp(`^${name}$`));

/**
 * The place of a file in the order in which a run is removed, from 0 (`_SUCCESS`) up to the manifest;
 * undefined for a file that no run has, and for one that was set aside: it is somebody's.
 */
export function removalStep(file: string): number | undefined {
  const step = REMOVAL_ORDER.findIndex((name) => name.test(file));
  return step < 0 ? undefined : step;
}

/** The folders that a run may have. */
export const ALL_RUN_FOLDERS = Object.values(RUN_FOLDERS).map((folder) => folder.slice(0, -1));
