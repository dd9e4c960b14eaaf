/** Times and amounts of all S3 requests of a process. Tests make them small. */
export interface S3Tuning {
  /** Requests under way at once; fewer after the store said that it is too much. */
  readonly requests: number;
  /** Bytes of bodies under way at once. */
  readonly bytes: number;
  /** No new attempt of a call so long after its first one. */
  readonly budgetMs: number;
  /** The same while the endpoint has never answered: then its name or the network is wrong, more likely than an outage. */
  readonly unreachableMs: number;
  /** For a connection to stand. */
  readonly connectMs: number;
  /** Without a byte in either direction. */
  readonly stallMs: number;
  /** For one attempt, headers and body; a large body gets a second a MiB more. */
  readonly attemptMs: number;
  /** The first waits between attempts are random up to this, the next up to twice that, … */
  readonly backoffMs: number;
  /** … but never longer. */
  readonly longestBackoffMs: number;
  /** A call that takes longer is told of; less than the 10 s that nobody should wait without a word. */
  readonly noticeMs: number;
  /** The same call is told of again after so long. */
  readonly noticeAgainMs: number;
  /** Credentials that expired are looked for so long, when S3 took them before: whoever renews them may be about to. */
  readonly renewMs: number;
  /** The source of the credentials (a process, a service) has so long to give them. */
  readonly askMs: number;
  /** Streamed bodies up to this are one put; above, parts of this size. S3 wants parts of at least 5 MiB. */
  readonly partBytes: number;
  /** Objects are asked for without the SDK's middleware (`fast/`). The switch for an SDK whose internals changed. */
  readonly fastReads: boolean;
}

/** What every command uses. The budget outlives a minute of nothing but 503. */
export const S3_TUNING: S3Tuning = {
  requests: 64,
  bytes: 256 * 1024 * 1024,
  budgetMs: 120_000,
  unreachableMs: 15_000,
  connectMs: 5_000,
  stallMs: 15_000,
  attemptMs: 60_000,
  backoffMs: 100,
  longestBackoffMs: 8_000,
  noticeMs: 7_000,
  noticeAgainMs: 30_000,
  renewMs: 10_000,
  askMs: 30_000,
  partBytes: 8 * 1024 * 1024,
  fastReads: true,
};
