import { RUN_NAME, sha256 } from '@verger/core';
import { z } from 'zod';

/** The release of the payload's shape. A consumer of another one leaves the job to others. */
export const PROTOCOL = 1;

const envelope = z.looseObject({ protocol: z.int().positive() });

const payloadSchema = z
  .strictObject({
    protocol: z.literal(PROTOCOL),
    /** The run folder or URL, as `Storage.describe()` gives it. */
    location: z.string().min(1).max(2048),
    runId: z.string().regex(RUN_NAME),
    epoch: z.int().positive(),
    kind: z.enum(['extract', 'reduce', 'project', 'finish']),
    /** A partition number, or null for `reduce` and `finish`. */
    partition: z.int().nonnegative().nullable(),
    priority: z.enum(['low', 'normal', 'high']),
  })
  .refine(({ kind, partition }) => (kind === 'extract' || kind === 'project') === (partition !== null), {
    error: 'extract and project jobs name a partition, reduce and finish jobs none',
  });

/** All that a job says: ids and the place of the run; the truth is in the storage. */
export type JobPayload = Readonly<z.infer<typeof payloadSchema>>;

/** What a job asks for: `extract` and `project` of one partition, `reduce` and `finish` of the whole run. */
export type JobKind = JobPayload['kind'];

/** How early the jobs of a run are taken. */
export type Priority = JobPayload['priority'];

/** What a process says of itself in its heartbeat. */
export const aliveSchema = z.object({
  name: z.string(),
  host: z.string(),
  pid: z.int(),
  role: z.enum(['coordinator', 'worker', 'reducer']),
  cpu: z.string(),
  /**
   * Of the jobs that it understands: it leaves those of another one to others. Those of 1 did not say it at
   * first.
   */
  protocol: z.int().default(1),
  numericClass: z.string().optional(),
  /** Its child processes: the vCPUs that it uses. Those of earlier releases do not say it. */
  processes: z.int().positive().optional(),
  /** Ids of the jobs that it holds. Those of earlier releases do not say it. */
  jobs: z.array(z.string().max(256)).max(64).optional(),
  /** Images per second that it has done within the last minute, of all runs. */
  perSecond: z.number().nonnegative().optional(),
  /** Why it can do nothing at present, `E_CODE: sentence`. */
  trouble: z.string().max(2000).optional(),
  /** Location of the run that its trouble is about; absent for a trouble with all jobs. */
  troubleRun: z.string().max(2048).optional(),
});

/** A live process, as its newest heartbeat says (at most 15 s old). */
export type Alive = Readonly<z.infer<typeof aliveSchema>> & {
  /** How old that heartbeat was when it was read, by the clock of Redis; absent where that was not asked. */
  readonly ageMs?: number;
};

/** What a heartbeat says of the moment. */
export type AliveNow = Pick<Alive, 'jobs' | 'perSecond'>;

/** What a process is to the queue. */
export type Role = Alive['role'];

/** A checked payload, or why it is none: of another protocol, or not a payload at all. */
export type PayloadResult =
  | { readonly ok: true; readonly payload: JobPayload }
  | { readonly ok: false; readonly code: 'E_JOB_PAYLOAD' | 'E_JOB_PROTOCOL'; readonly reason: string };

/** Reads the data of a job. Never throws. */
export function parsePayload(data: unknown): PayloadResult {
  const head = envelope.safeParse(data);
  if (head.success && head.data.protocol !== PROTOCOL) {
    const reason = `protocol ${head.data.protocol}, this process speaks ${PROTOCOL}`;
    return { ok: false, code: 'E_JOB_PROTOCOL', reason };
  }
  const parsed = payloadSchema.safeParse(data);
  if (parsed.success) return { ok: true, payload: parsed.data };
  const reason = parsed.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
  return { ok: false, code: 'E_JOB_PAYLOAD', reason };
}

/**
 * The id of a job in its queue, deterministic: `<runId>-<digest>-e0003-extract-00042`,
 * `<runId>-<digest>-e0003-reduce`. The epoch is in it because adding a known id again does nothing; the
 * digest (8 characters) is that of the location, because a run of the same id may be in another output. No
 * ':', which BullMQ keeps for itself.
 */
export function jobId(
  job: Pick<JobPayload, 'location' | 'runId' | 'epoch' | 'kind' | 'partition'>,
  digits = 5,
): string {
  const { location, runId, epoch, kind, partition } = job;
  const place = sha256(location).slice(0, 8);
  const head = `${runId}-${place}-e${String(epoch).padStart(4, '0')}-${kind}`;
  return partition === null ? head : `${head}-${String(partition).padStart(digits, '0')}`;
}
