import type {
  Epoch,
  FinishOptions,
  ImageRef,
  LeftOut,
  Logger,
  Manifest,
  ProxyOptions,
  RunEvent,
} from '@verger/core';
import type { ResolvedConfig } from '@verger/runtime';
import type { Storages } from '@verger/storage';

/** The edges of the process that drives a run. */
export interface Driver {
  /** Opens folders and buckets. */
  readonly storages: Storages;
  readonly logger: Logger;
  /** Aborted: what is under way here ends with E_INTERRUPTED, or E_DETACHED where workers go on. */
  readonly signal: AbortSignal;
  /** Proxy settings, for the download of weights. Default: none. */
  readonly proxies?: (() => ProxyOptions | undefined) | undefined;
  /** Takes each event, as it happens. Must not throw. */
  emit(event: DriverEvent): void;
}

/** Resolved options of a run: nothing optional, nothing unchecked. */
export type RunOptions = ResolvedConfig;

/** What happens while a run is driven. Events of the stages are `RunEvent`s of core. */
export type DriverEvent =
  | RunEvent
  /** Weights are being downloaded; at most once a second. */
  | { readonly type: 'weights:fetching'; readonly receivedBytes: number; readonly totalBytes: number | null }
  /** Jobs go to the workers of this queue: its URL without secrets, and its prefix. */
  | { readonly type: 'executor:cluster'; readonly queue: string }
  /** A refit never goes to workers: this process does it although a queue is named. */
  | { readonly type: 'executor:local-refit' }
  /** --follow-links was said of a bucket, which has no links. */
  | { readonly type: 'listing:no-links' }
  /** One image was listed. */
  | { readonly type: 'listing:image'; readonly image: ImageRef; readonly archived: boolean }
  /** So many images of the listing are measured for int8. */
  | { readonly type: 'calibrate:start'; readonly images: number }
  /** What became of them: calibrated on, held back, and those without features, by code. */
  | {
      readonly type: 'calibrate:done';
      readonly calibrated: number;
      readonly held: number;
      readonly leftOut: Readonly<Record<string, number>>;
    }
  | ({ readonly type: 'listing:done' } & Listed)
  /** Features of this run are taken where images are unchanged; `otherImages` when it is of another place. */
  | { readonly type: 'reuse:from'; readonly manifest: Manifest; readonly otherImages: string | null }
  /** The run whose features were to be taken is no longer there. */
  | { readonly type: 'reuse:gone'; readonly runId: string; readonly location: string }
  | { readonly type: 'refit:of'; readonly manifest: Manifest; readonly sourceRunId: string }
  /**
   * The output holds an unfinished run of the same images; `differences` as `there -> now`, none when it is
   * the same.
   */
  | {
      readonly type: 'run:unfinished';
      readonly runId: string;
      readonly location: string;
      readonly epoch: Epoch | undefined;
      readonly differences: readonly string[];
    }
  /** result.csv is rebuilt with other options. */
  | { readonly type: 'finish:other-csv'; readonly before: FinishOptions; readonly now: FinishOptions }
  /** Derived files that are lost or damaged are rebuilt. */
  | { readonly type: 'finish:remake'; readonly files: readonly string[] }
  /** A damaged file was met: everything is examined. */
  | { readonly type: 'repair:damage-met'; readonly code: string; readonly message: string }
  | { readonly type: 'repair:start'; readonly epoch: number; readonly files: readonly string[] }
  /** A file of the refit's source is not what was taken from it: images are extracted again. */
  | { readonly type: 'repair:source-changed'; readonly file: string }
  | { readonly type: 'repair:not-listed'; readonly message: string }
  | {
      readonly type: 'verify:progress';
      readonly check: string;
      readonly done: number;
      readonly total: number;
    };

/** What a listing found. */
export interface Listed {
  readonly manifest: Manifest;
  readonly bytes: number;
  readonly labels: number;
  /** Images with an empty label. */
  readonly unlabelled: number;
  readonly leftOut: LeftOut;
  /** Images of a storage class whose bytes are given only after a restore. */
  readonly archived: number;
}
