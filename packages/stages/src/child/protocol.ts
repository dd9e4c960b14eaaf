import type {
  DecodeLimits,
  EngineChoice,
  Fingerprint,
  ImageErrorCode,
  ImageRef,
  PcaModel,
  PcaOptions,
  PrecisionComparison,
  Quarantined,
} from '@verger/core';
import type { CalibratedImages } from '@verger/features/weights';
import type { Said } from '@verger/listing';
import type { NearPair } from '@verger/pca';
import type { ComparedPartition, LabelNeighbours } from '@verger/report';
import type { CommitParts } from '@verger/run';
import type { FeatureRows, ProjectionRows } from '@verger/tables';

/** Sent once to each child: it creates its extractor from it, and its session lives as long as the child. */
export interface ChildInit extends EngineChoice {
  /**
   * Null: no image is to be extracted, so that checks and sums need no weights. `image` and `encode` are
   * E_INTERNAL then.
   */
  readonly network: Uint8Array | null;
  readonly fingerprint: Fingerprint;
  /** `calibrate`: `network` is the one that measures, and `measure` is all that such a child answers. */
  readonly purpose?: 'calibrate' | undefined;
}

/** What the float32 network gave of one image. */
export interface MeasuredImage {
  /** Float32Array [1280]. */
  readonly features: Float32Array;
  readonly ranges: CalibratedImages['calibrated'][number]['ranges'];
}

/** What became of one image in a child. `features` is Float32Array [1280]. */
export type ImageOutcome =
  /** `reused`: taken from another run. */
  | { readonly ok: true; readonly features: Float32Array; readonly reused?: true }
  | {
      readonly ok: false;
      readonly code: ImageErrorCode;
      /** Of one that was not read, so never in a child: what the store said. */
      readonly said?: Said;
    };

/** What became of a batch of images, in its order, and what that took. */
export interface BatchOutcome {
  readonly outcomes: readonly ImageOutcome[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
}

/** A partition's files in memory, ready to be created, with what its commit says of them. */
export interface EncodedPartition extends Omit<CommitParts, 'quarantined'> {
  readonly quarantined: readonly Quarantined[];
}

/** Rows of one partition: good images in listing order, `features` row-major [count, 1280]. */
export interface PartitionRows extends FeatureRows {
  readonly quarantined: readonly Quarantined[];
}

/** What a stored features file gives, computed from its rows, without the bytes of the sums. */
export type ExaminedPartition = Omit<EncodedPartition, 'features' | 'sums'>;

/** Some rows of a features file: `features` is row-major [paths.length, 1280]. */
export interface PickedRows extends Pick<FeatureRows, 'paths' | 'features'> {
  readonly numericClass: string;
}

/** A held image of a partition. */
export interface HeldPlace {
  readonly place: number;
  readonly path: string;
}

/**
 * The held images of a partition that have features: `found` says which of the wanted, `features` is row-major
 * [found.length, 1280].
 */
export interface HeldRows {
  readonly found: readonly number[];
  readonly features: Float32Array;
  readonly labels: readonly string[];
}

/** Some images of another run. */
export interface ReusedRows {
  /** For each wanted image: null where it has features, else the code of its quarantine. */
  readonly found: readonly (ImageErrorCode | null)[];
  /** Row-major [those with null, 1280], in the order of `wanted`. */
  readonly features: Float32Array;
}

/** The labels of a run, by byte order, with their centroids: row-major [names.length, k]. */
export interface LabelTable {
  readonly names: readonly string[];
  readonly centroids: Float64Array;
  readonly k: number;
}

/** What an HTML report takes of a projection file. */
export interface CompareRequest {
  readonly bytes: Uint8Array;
  readonly modelSha256: string;
  /** Names the labels; `labels` may be left out: a child that has not seen them answers `need-labels`. */
  readonly labelsKey: string;
  readonly labels: LabelTable | undefined;
  /** The place of the file's first row among all rows of the run. */
  readonly first: number;
  /** Rows of the run, and how many of them are compared with all centroids: an even sample. */
  readonly rows: number;
  readonly compared: number;
  /** Rows whose two distances differ by no more than this come with all their numbers. */
  readonly closeWithin: number;
}

/** Every kind of request that a child answers. */
export interface ChildCalls {
  /** `limits`: those of the run that the images are of; the defaults where it is absent. */
  images: {
    request: { images: readonly Uint8Array[]; limits?: DecodeLimits | undefined };
    response: BatchOutcome;
  };
  /** Of children that calibrate; the code of an image that gives no features. */
  measure: {
    request: { images: readonly Uint8Array[]; limits?: DecodeLimits | undefined };
    response: readonly (MeasuredImage | ImageErrorCode)[];
  };
  encode: { request: { rows: PartitionRows }; response: EncodedPartition };
  /** `listing` is null where the listing part itself is damaged: rows are not held against it then. */
  adopt: {
    request: { features: Uint8Array; listing: readonly ImageRef[] | null };
    response: EncodedPartition;
  };
  /** As `adopt`, but only hashes come back. */
  examine: { request: ChildCalls['adopt']['request']; response: ExaminedPartition };
  /** `rows` are places in the file, from 0. */
  pick: { request: { features: Uint8Array; rows: readonly number[] }; response: PickedRows };
  /** Those of some images that a features file has; `place` is an image's among the partition's listed ones. */
  held: {
    request: { features: Uint8Array; images: readonly HeldPlace[] };
    response: HeldRows | null;
  };
  /** What int8 changed: both features row-major [labels.length, 1280]. */
  comparePrecision: {
    request: {
      float32: Float32Array;
      int8: Float32Array;
      labels: readonly string[];
      model: PcaModel;
      table: LabelTable;
    };
    response: PrecisionComparison;
  };
  /** A committed features file of another run, with its listing; `wanted` are places in that listing. */
  reuse: {
    request: {
      features: Uint8Array;
      rowsDigest: string;
      listing: readonly ImageRef[];
      wanted: readonly number[];
    };
    response: ReusedRows;
  };
  numericClass: { request: object; response: string };
  quarantine: { request: { features: Uint8Array; rowsDigest: string }; response: readonly Quarantined[] };
  /** `sums` are a sums file: those of all partitions, merged. */
  fit: {
    request: { sums: Uint8Array; options: PcaOptions };
    response: { model: Uint8Array; labels: Uint8Array };
  };
  /** In place of `fit` where a model is given (transform): the labels of the merged sums in its space. */
  centroids: { request: { sums: Uint8Array; model: Uint8Array }; response: { labels: Uint8Array } };
  /** `model` may be left out: a child that has not seen that model then answers `need-model`. */
  project: {
    request: { features: Uint8Array; rowsDigest: string; modelSha256: string; model: Uint8Array | undefined };
    response: { projection: Uint8Array } | 'need-model';
  };
  /** The rows of a projection file, compared with the centroids of the labels. Errors as `readProjection`. */
  compareRows: { request: CompareRequest; response: Omit<ComparedPartition, 'partition'> | 'need-labels' };
  /** Of verger and of what it computes with: name and version. */
  versions: { request: object; response: Record<string, string> };
  /** Of each label the nearest other one. */
  labelNeighbours: { request: { labels: LabelTable }; response: LabelNeighbours };
  /** The closest pairs of some rows, row-major [labels.length, k], of different labels. */
  nearPairs: {
    request: { points: Float32Array; k: number; labels: Uint16Array; most: number; within: number };
    response: readonly NearPair[];
  };
  /** Each image shrunk to TILE_PIXELS², RGB; null for one that cannot be decoded. */
  thumbnails: {
    request: { images: readonly Uint8Array[]; limits?: DecodeLimits | undefined };
    response: readonly (Uint8Array | null)[];
  };
  /** Up to SPRITE_TILES of them as one WebP picture. */
  sprite: { request: { tiles: readonly Uint8Array[] }; response: Uint8Array };
  readProjection: { request: { bytes: Uint8Array; modelSha256: string }; response: ProjectionRows };
}

/** A kind of request. */
export type ChildKind = keyof ChildCalls;
/** A request to a child. */
export type ChildRequest = { [K in ChildKind]: { kind: K } & ChildCalls[K]['request'] }[ChildKind];
/** The response of a child. */
export type ChildResponse = ChildCalls[ChildKind]['response'];
