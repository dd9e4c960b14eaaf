import { z } from 'zod';

const count = z.int().nonnegative();

/** What a listing did not take, in numbers. Every file is counted once. */
export const leftOutSchema = z.strictObject({
  /** Files that no glob took, by ending in lower case (`.bmp`): the 20 that most files have. */
  endings: z.record(z.string(), count),
  /** Files of all other endings. */
  otherEndings: count,
  noEnding: count,
  /** Files whose own name begins with a dot; folders whose name does, and the files in them. */
  hiddenFiles: count,
  hiddenFolders: count,
  hiddenFolderFiles: count,
  /**
   * Links to folders: not entered because links are not followed; because they lead round in a circle;
   * because of too many to one folder.
   */
  linkedFolders: count,
  linkLoops: count,
  linkRepeats: count,
  /** Of the listed: links to files out of the images folder. They go into quarantine. */
  linksOut: count,
  /** Links to nothing that can be read, listed (and in quarantine) or not: one may have been a folder. */
  linksToNothing: count,
  /** Set when the listing ended at its limit: what comes after was not looked at. */
  partial: z.literal(true).optional(),
});
/** Files and links that a listing left out, counted by reason. */
export type LeftOut = z.infer<typeof leftOutSchema>;
