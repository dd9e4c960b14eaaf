import { z } from 'zod';
import { IMAGE_ERROR_CODES } from './errors/errors.ts';
import { workerSchema } from './shapes.ts';

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Failed attempts that a timeline names at most: the newest. */
export const MOST_TIMELINE_FAILURES = 2_000;

/**
 * `timeline.json`: the commits of a finished run in columns, one value per partition in each, and its failed
 * attempts. Derived; never among the promised files. 40 bytes per partition.
 */
export const timelineSchema = z.strictObject({
  format: z.literal('verger-timeline-1'),
  runIdentity: hash,
  /** Of the `_SUCCESS` that follows. */
  epoch: z.int().positive(),
  /** Milliseconds since 1970 from which `endMs` counts: when the first partition was begun. */
  originMs: z.int(),
  workers: z.array(workerSchema),
  partitions: z.strictObject({
    /** Place in `workers`. */
    worker: z.array(count),
    epoch: z.array(z.int().positive()),
    attempt: z.array(z.int().positive()),
    /** When it was committed, after `originMs`. */
    endMs: z.array(z.int()),
    /** As in its commit: all attempts of its epoch, and the waits between them. */
    wallMs: z.array(count),
    extracted: z.array(count),
    quarantined: z.array(count),
    reused: z.array(count),
    readMs: z.array(count),
    decodeMs: z.array(count),
    inferenceMs: z.array(count),
    encodeMs: z.array(count),
  }),
  /** Images in quarantine by code, of the partitions that have any. */
  codes: z.array(
    z.strictObject({ partition: count, counts: z.partialRecord(z.enum(IMAGE_ERROR_CODES), count) }),
  ),
  /** Failed attempts of all epochs, the oldest first. */
  failures: z
    .array(
      z.strictObject({
        kind: z.enum(['extract', 'reduce', 'project', 'finish']),
        partition: count.nullable(),
        epoch: z.int().positive(),
        attempt: z.int().positive(),
        code: z.string(),
        permanent: z.boolean(),
        /** Place in `workers`. */
        worker: count,
        /** After `originMs`; may be negative. */
        atMs: z.int(),
      }),
    )
    .max(MOST_TIMELINE_FAILURES),
  /** Failed attempts of which there were too many; absent for none. */
  failuresLeftOut: z.int().positive().optional(),
  /** Failed attempts could not be read: there may be some. */
  failuresUnread: z.literal(true).optional(),
  /** Finishes before this one that wrote a timeline and ended before `_SUCCESS`; absent for none. */
  cutShort: z.int().positive().optional(),
  /**
   * When finish had made all but this file, the HTML report and `_SUCCESS`, after `originMs`. Absent: not
   * recorded.
   */
  finishedMs: z.int().optional(),
  selfHash: hash,
});
/** The commits of a finished run in columns (`timeline.json`). */
export type Timeline = z.infer<typeof timelineSchema>;
