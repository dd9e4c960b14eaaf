import {
  canonicalJson,
  counted,
  type ExtractionOptions,
  type Fingerprint,
  type GivenModel,
  type LeftOut,
  type Manifest,
  manifestSchema,
  type PcaOptions,
  partDigits,
  RUN_FILES,
  type Storage,
  sha256,
  VergerError,
  withSelfHash,
} from '@verger/core';
import { cutListing, type ListingSpool, leftOutDetail } from '@verger/listing';
import { readRecord } from './records.ts';

/** 2^63 / (6·2^16)²: ReLU6 keeps features at 6 or less, and every product of sums must fit int64. */
const MAX_IMAGES = 59_652_323;

/** Features of a partition pass through a child at once: 100 MB at this many. */
const MAX_PARTITION_IMAGES = 20_000;

/** What a manifest is made from, beside the listing. */
export interface PlanInput {
  /** Absolute folder or URL of IMAGES. */
  readonly images: string;
  readonly extraction: ExtractionOptions;
  readonly pca: PcaOptions;
  readonly fingerprint: Fingerprint;
  /** Of a transform: the model it applies. `pca` is then what that was fitted with. */
  readonly model?: GivenModel | undefined;
  /** The run's name; null: the first 12 characters of its identity. */
  readonly name: string | null;
  /** What the listing did not take: told where there is no image. */
  readonly leftOut?: LeftOut | undefined;
}

/**
 * What makes two runs the same: listing, fingerprint, extraction and PCA options, and the given model of a
 * transform. 64 hexadecimal characters.
 */
export function runIdentity(
  listingSha256: string,
  { extraction, pca, fingerprint, model }: Pick<PlanInput, 'extraction' | 'pca' | 'fingerprint' | 'model'>,
): string {
  // Without a model the field is left out, so that the ids of plain runs are those of releases that knew
  // none.
  return sha256(canonicalJson({ listing: listingSha256, fingerprint, extraction, pca, model }));
}

/**
 * The manifest of a listing. Pure but for reading the spool; the same input gives the same bytes. Errors:
 * E_NO_INPUT, E_PCA_COMPONENTS, E_SUMS_RANGE.
 */
export async function planManifest(input: PlanInput, spool: ListingSpool): Promise<Manifest> {
  checkCounts(input, spool);
  const partitions: Manifest['partitions'] = [];
  for await (const { images, bytes, sha256: hash } of cutListing(spool, input.extraction)) {
    if (images > MAX_PARTITION_IMAGES) {
      const detail = `It would hold ${images}.`;
      throw new VergerError('E_PART_TOO_LARGE', { option: '--partitions' }, { detail });
    }
    partitions.push({ images, bytes, sha256: hash });
  }
  const identity = runIdentity(spool.sha256, input);
  return withSelfHash({
    format: 'verger-manifest-1' as const,
    runId: input.name ?? identity.slice(0, 12),
    identity,
    images: input.images,
    extraction: input.extraction,
    pca: input.pca,
    ...(input.model === undefined ? {} : { model: input.model }),
    fingerprint: input.fingerprint,
    listing: {
      sha256: spool.sha256,
      images: spool.images,
      bytes: spool.bytes,
      labels: spool.labels,
      refused: spool.refused,
    },
    partDigits: partDigits(partitions.length),
    partitions,
  });
}

/**
 * The manifest of a run with the listing and features of another one, and other PCA options: the same, but
 * for its images' place, as `run` with these options would plan. Errors: E_PCA_COMPONENTS.
 */
export function planRefit(source: Manifest, { pca, name }: Pick<PlanInput, 'pca' | 'name'>): Manifest {
  const { selfHash: _, model: __, ...rest } = source;
  checkCounts({ images: source.images, pca }, source.listing);
  const identity = runIdentity(source.listing.sha256, { ...rest, pca });
  return withSelfHash({ ...rest, runId: name ?? identity.slice(0, 12), identity, pca });
}

function checkCounts(
  { images: location, pca, model, leftOut }: Pick<PlanInput, 'images' | 'pca' | 'model' | 'leftOut'>,
  { images, refused }: Pick<Manifest['listing'], 'images' | 'refused'>,
): void {
  if (images === 0) throw noInput(location, leftOut);
  if (images > MAX_IMAGES) throw new VergerError('E_SUMS_RANGE', { location });
  if (model !== undefined) return; // nothing is fitted
  // What the listing refuses goes to quarantine.
  checkComponents(pca, images - refused);
}

/**
 * Refuses more components than that many images can give: one less than the images, and at most 1,280. No
 * images need no PCA. Errors: E_PCA_COMPONENTS.
 */
export function checkComponents({ components }: PcaOptions, images: number): void {
  const most = Math.min(images - 1, 1280);
  if (components === null || images === 0 || components <= most) return;
  const give = images === 1 ? 'gives' : 'give';
  const detail = `${counted(images, 'image')} ${give} at most ${most}; ${components} were requested.`;
  throw new VergerError('E_PCA_COMPONENTS', { option: '--components' }, { detail });
}

/** E_NO_INPUT of a folder, with what its listing left out. */
export function noInput(location: string, leftOut: LeftOut | undefined): VergerError {
  return new VergerError('E_NO_INPUT', { location }, { detail: leftOut && leftOutDetail(leftOut) });
}

/**
 * The fields in which two manifests differ, each as `field: theirs -> ours`, for a person. None: they are of
 * the same run.
 */
export function manifestDifferences(theirs: Manifest, ours: Manifest): string[] {
  const fields = (manifest: Manifest): Record<string, unknown> => ({
    images: manifest.images,
    ...prefixed('extraction', manifest.extraction),
    ...prefixed('pca', manifest.pca),
    model: manifest.model ?? null,
    ...prefixed('fingerprint', manifest.fingerprint),
    ...prefixed('listing', manifest.listing),
    // A function of the rest, but for one release: another may cut otherwise.
    'partitions.count': manifest.partitions.length,
    'partitions.sha256': sha256(canonicalJson(manifest.partitions)),
  });
  const a = fields(theirs);
  const b = fields(ours);
  // Of both: an option that only one has (int8, followed links) is a difference.
  const written = (value: unknown) => canonicalJson(value ?? null);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((field) => written(a[field]) !== written(b[field]))
    .map((field) => `${field}: ${written(a[field])} -> ${written(b[field])}${whyDiffers(field, a, b)}`);
}

/** The images and options may be the same, but a calibration depends on the machine, too. */
function whyDiffers(field: string, ...both: readonly Record<string, unknown>[]): string {
  if (field !== 'fingerprint.calibrationSha256') return '';
  if (both.some((fields) => fields[field] === undefined)) return '';
  return ' (calibrated on another machine or other images: use `resume`)';
}

function prefixed(prefix: string, value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [`${prefix}.${key}`, field]));
}

/** The manifest of the run at this place, or undefined when there is no run. Errors: E_RUN_CORRUPT. */
export async function readManifest(store: Storage): Promise<Manifest | undefined> {
  return await readRecord(store, RUN_FILES.manifest, manifestSchema);
}
