/** The names of a run's files, as the documentation gives them (docs/formats.md). */
export const MANIFEST = 'manifest.json';
export const MODEL = 'pca/model.json';
/** Of a transform: the model that it applies. */
export const GIVEN_MODEL = 'given-model.json';
/** Of a run with int8: what its network is made from. */
export const CALIBRATION = 'calibration.json';
/** Of a run whose workers must have one numeric class. */
export const CLASS = 'class.json';
export const LABELS = 'pca/labels.json';
export const QUARANTINE = 'quarantine.jsonl';
export const REPORT = 'report.json';
/** What an autoscaler decided while the run was under way. */
export const SCALING = 'scaling.json';
/** What each partition took, and where; written at the end. */
export const TIMELINE = 'timeline.json';
/** The page of the run: what is in it is not audited. */
export const HTML_REPORT = 'report.html';
export const CSV = 'result.csv';
export const SUCCESS = '_SUCCESS';

/** The files of one partition. */
export interface PartNames {
  readonly listing: string;
  readonly features: string;
  readonly sums: string;
  readonly commit: string;
  readonly projection: string;
}

/** `digits` as the manifest says. */
export function partNames(part: number, digits: number): PartNames {
  const name = `part-${String(part).padStart(digits, '0')}`;
  return {
    listing: `listing/${name}.jsonl`,
    features: `features/${name}.parquet`,
    sums: `sums/${name}.sums`,
    commit: `commits/${name}.json`,
    projection: `projection/${name}.parquet`,
  };
}

/** `epochs/0001.json` */
export function epochName(epoch: number): string {
  return `epochs/${String(epoch).padStart(4, '0')}.json`;
}

const FAILURE = /^failures\/(?:(?:part|reduce|project|finish)(?:-\d{5,9})?)-e\d{4,}-a\d{2,}-[0-9a-f]+\.json$/;
const EPOCH = /^epochs\/\d{4,}\.json$/;
const SET_ASIDE = /^set-aside\/\d{4,}\/./;
const CANCELLED = /^control\/cancelled-\d{4,}\.json$/;

/** What kind of file a name of a run stands for, beyond those that are named one by one. */
export function freeKind(
  file: string,
): 'failure' | 'epoch' | 'cancelled' | 'set-aside' | 'temporary' | undefined {
  if (FAILURE.test(file)) return 'failure';
  if (EPOCH.test(file)) return 'epoch';
  if (CANCELLED.test(file)) return 'cancelled';
  if (SET_ASIDE.test(file)) return 'set-aside';
  return file.startsWith('.tmp/') ? 'temporary' : undefined;
}
