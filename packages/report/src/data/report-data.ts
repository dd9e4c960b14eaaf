import type { Epoch, Manifest, Report, Timeline } from '@verger/core';

/** Rows that the scatter holds at most; of a run with more it holds an even sample in listing order. */
export const MOST_POINTS = 100_000;
/** Components that the scatter can show. */
export const MOST_COMPONENTS = 10;
/** Nearest labels that are kept of each point. */
export const NEAREST_KEPT = 3;
/** Stands for no label, no tile, no point. */
export const NONE_INDEX = 0xffff;
/** Rows that are compared with each other for near-duplicates, at most. */
export const MOST_COMPARED_ROWS = 5_000;
/** Width and height of a thumbnail, pixels. */
export const TILE_PIXELS = 48;
/** Tiles in a row of a sprite. */
export const SPRITE_COLUMNS = 10;
/** Tiles of one sprite at most: 10 rows. */
export const SPRITE_TILES = 100;

/**
 * Everything that an HTML report shows. `facts` goes into the page as JSON, the rest as columns and pictures.
 */
export interface ReportData {
  readonly facts: ReportFacts;
  /** Null where there is no projection: all images are in quarantine. */
  readonly points: Points | null;
  /**
   * WebP pictures of `SPRITE_TILES` tiles each, the last one of fewer. Tile t: picture t / 100, place t %
   * 100.
   */
  readonly sprites: readonly Uint8Array[];
  /** Number of tiles over all sprites; at most 65,535. */
  readonly tiles: number;
}

/** The rows of the projection that the page holds, as columns. */
export interface Points {
  /** Rows of the run; more than `count` where these are a sample. */
  readonly rows: number;
  readonly count: number;
  /** min(k, 10). */
  readonly components: number;
  /** Column-major [components][count]: of one component all points stand together. 16 bits of precision. */
  readonly values: Float32Array;
  /** [count]: place in `facts.labels`; NONE_INDEX where the run has more labels than are kept. */
  readonly labels: Uint16Array;
  /**
   * Row-major [count][NEAREST_KEPT]: the labels whose centroids are nearest in all k components, nearest
   * first; NONE_INDEX fills up.
   */
  readonly nearest: Uint16Array;
  /** [count]: the tile of the point's own photograph, or NONE_INDEX. */
  readonly tiles: Uint16Array;
  /** [count], relative to IMAGES. */
  readonly paths: readonly string[];
}

/** One image that a section shows. */
export interface ShownImage {
  readonly path: string;
  /** Place in `ReportFacts.labels`; NONE_INDEX without one. */
  readonly label: number;
  /** Its thumbnail, or NONE_INDEX: a plain mark stands there. */
  readonly tile: number;
}

/** The images at one end of a component, the outermost first. */
export type ComponentEnd = readonly (ShownImage & { readonly value: number })[];

/** A label, by byte order. Distances are Euclidean, in all k components. */
export interface LabelFacts {
  readonly label: string;
  /** Images with features. */
  readonly count: number;
  /** Root mean square distance of its images from its centroid. */
  readonly spread: number;
  /** Place of the label whose centroid is nearest to its own; NONE_INDEX where there is only one label. */
  readonly nearest: number;
  readonly nearestDistance: number;
  /** Of `compared`: images that are nearest to their own label's centroid. */
  readonly right: number;
  /** Images whose nearest centroid is known: all, or those of the sample. */
  readonly compared: number;
  /** Tiles of up to 8 of its images, evenly in listing order. */
  readonly tiles: readonly number[];
  /** Of those, the first `MOST_COMPONENTS` numbers of each centroid. */
  readonly centroid: readonly number[];
}

/** Two labels whose images are taken for each other by the nearest centroid. */
export interface MistakenPair {
  /** Places in `labels`. */
  readonly a: number;
  readonly b: number;
  /** Images of a that are nearest to b's centroid, and the other way round. */
  readonly aAsB: number;
  readonly bAsA: number;
  /** Between the centroids. */
  readonly distance: number;
  /** Some of those images, up to 4 each: the surest mistakes first. */
  readonly imagesOfA: readonly ShownImage[];
  readonly imagesOfB: readonly ShownImage[];
}

/** An image that lies far from the centroid of its label. */
export interface OddImage extends ShownImage {
  readonly distance: number;
  /** Distance over the label's spread. */
  readonly ratio: number;
  /** Place of the label whose centroid is nearest. */
  readonly nearest: number;
}

/** Two images of different labels that lie almost on each other. */
export interface NearDuplicate {
  readonly a: ShownImage;
  readonly b: ShownImage;
  readonly distance: number;
}

/** Images in quarantine with one code. */
export interface QuarantineGroup {
  readonly code: string;
  readonly reason: string;
  readonly next: string;
  readonly count: number;
  /** Up to 12 of them; `tile` where the picture can be decoded all the same. */
  readonly images: readonly {
    readonly path: string;
    readonly label: string;
    readonly bytes: number;
    readonly tile: number;
    readonly storeCode?: string | undefined;
  }[];
}

/** A partition that took much longer than the others, for its images. */
export interface Straggler {
  readonly partition: number;
  /** Place in `timeline.workers`. */
  readonly worker: number;
  readonly wallMs: number;
  /** Milliseconds per image over the median of all partitions. */
  readonly ratio: number;
  readonly attempts: number;
}

/** What is known of a run beside its points. Plain JSON. */
export interface ReportFacts {
  /** Where the run is: a folder or an s3:// URL. */
  readonly location: string;
  /** When the page was made, ISO 8601. */
  readonly madeAt: string;
  /** Of verger and of what it computes with: name and version. */
  readonly versions: Readonly<Record<string, string>>;
  readonly report: Report;
  readonly manifest: Pick<Manifest, 'runId' | 'images' | 'identity' | 'extraction' | 'pca' | 'model'> & {
    readonly bytes: number;
    readonly listingSha256: string;
  };
  /** Submissions, the oldest first. */
  readonly epochs: readonly Pick<Epoch, 'epoch' | 'cause' | 'at' | 'queue' | 'deadline' | 'finish'>[];
  /** When the last partition was committed; null without one. */
  readonly endedAt: string | null;
  /** Shares of the variance, one per component (all of them). */
  readonly variance: readonly number[];
  readonly components: readonly {
    /** From 1. */
    readonly component: number;
    readonly share: number;
    readonly low: ComponentEnd;
    readonly high: ComponentEnd;
  }[];
  readonly labels: readonly LabelFacts[];
  /** Images by own label and label of the nearest centroid: [own, nearest, count], counts of 0 left out. */
  readonly confusion: {
    readonly cells: readonly (readonly [number, number, number])[];
    /** Images that were compared; less than all where there are too many. */
    readonly compared: number;
  };
  readonly pairs: readonly MistakenPair[];
  readonly odd: readonly OddImage[];
  readonly duplicates: { readonly compared: number; readonly pairs: readonly NearDuplicate[] };
  readonly quarantine: readonly QuarantineGroup[];
  readonly timeline: Timeline | null;
  readonly stragglers: readonly Straggler[];
  readonly retries: {
    readonly attempts: number;
    /** Time that partitions waited for attempts that failed, milliseconds, added up. */
    readonly lostMs: number;
    readonly codes: readonly { readonly code: string; readonly attempts: number; readonly lostMs: number }[];
  };
  /** Of the workers' time, where prices are known. */
  readonly cost?: { readonly usd: number; readonly pricesOf: string } | undefined;
  /** Why there are no pictures, or fewer than there might be: a sentence. */
  readonly noPictures?: string | undefined;
}
