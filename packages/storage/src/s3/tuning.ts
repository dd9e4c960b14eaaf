/**
 * Times and amounts of all S3 requests of a process: what every command uses. Tests make them small. The
 * budget
 * outlives a minute of nothing but 503.
 */
export const S3_TUNING = {
  /** Requests under way at once; fewer after the store said that it is too much. */
  requests: 64,
  /** Bytes of bodies under way at once. */
  bytes: 256 * 1024 * 1024,
  /** No new attempt of a call so long after its first one. */
  budgetMs: 120_000,
  /**
   * The same while the endpoint has never answered: then its name or the network is wrong, more likely than
   * an outage.
   */
  unreachableMs: 15_000,
  /** For a connection to be made. */
  connectMs: 5_000,
  /** Without a byte in either direction. */
  stallMs: 15_000,
  /** For one attempt, headers and body; a large body gets a second a MiB more. */
  attemptMs: 60_000,
  /** The first waits between attempts are random up to this, the next up to twice that, … */
  backoffMs: 100,
  /** … but never longer. */
  longestBackoffMs: 8_000,
  /** A call that takes longer is reported; less than the 10 s that nobody should wait without a word. */
  noticeMs: 7_000,
  /** The same call is reported again after so long. */
  noticeAgainMs: 30_000,
  /**
   * Credentials that expired are looked for so long, when S3 took them before: whoever renews them may be
   * about to.
   */
  renewMs: 10_000,
  /** The source of the credentials (a process, a service) has so long to give them. */
  askMs: 30_000,
  /** Streamed bodies up to this are one put; above, parts of this size. S3 wants parts of at least 5 MiB. */
  partBytes: 8 * 1024 * 1024,
  /**
   * Objects are asked for without the SDK's middleware (`fast/`). The switch for an SDK whose internals
   * changed.
   */
  fastReads: true,
};

/** Times and amounts of all S3 requests of a process. */
export type S3Tuning = Readonly<typeof S3_TUNING>;
