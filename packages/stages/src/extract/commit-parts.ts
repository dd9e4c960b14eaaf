import type { Commit, ImageErrorCode } from '@verger/core';
import type { CommitParts } from '@verger/run';
import type { EncodedPartition } from '../child/protocol.ts';

/** An encoded partition as its commit describes it: its quarantine only counted. */
export function partsOf(encoded: EncodedPartition): CommitParts {
  const quarantined: Partial<Commit['quarantined']> = {};
  for (const { code } of encoded.quarantined)
    quarantined[code as ImageErrorCode] = (quarantined[code] ?? 0) + 1;
  return { ...encoded, quarantined };
}
