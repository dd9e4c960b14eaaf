import type { Commit, ImageErrorCode } from '@verger/core';
import type { CommitParts } from '@verger/run';
import type { SealedPartition } from '../child/protocol.ts';

/** An encoded partition as its commit describes it: its quarantine only counted. */
export function partsOf(sealed: SealedPartition): CommitParts {
  const quarantined: Partial<Commit['quarantined']> = {};
  for (const { code } of sealed.quarantined)
    quarantined[code as ImageErrorCode] = (quarantined[code] ?? 0) + 1;
  return { ...sealed, quarantined };
}
