import { addCounts, type QuarantineCounts, type RunEvent } from '@verger/core';
import type { ImageOutcome } from '../child/protocol.ts';

/** The event that these images are done. */
export function imagesDone(outcomes: Iterable<ImageOutcome>): Extract<RunEvent, { type: 'images:done' }> {
  const codes: QuarantineCounts = {};
  let extracted = 0;
  let quarantined = 0;
  for (const outcome of outcomes) {
    if (outcome.ok) extracted += 1;
    else {
      quarantined += 1;
      addCounts(codes, { [outcome.code]: 1 });
    }
  }
  return { type: 'images:done', extracted, quarantined, ...(quarantined === 0 ? {} : { codes }) };
}

/** The event that images of a partition are done, beyond those of which `told` says so. */
export function restDone(
  all: { readonly extracted: number; readonly codes: Readonly<QuarantineCounts> },
  told: Extract<RunEvent, { type: 'images:done' }>,
): Extract<RunEvent, { type: 'images:done' }> {
  const codes: QuarantineCounts = { ...all.codes };
  for (const [code, count] of Object.entries(told.codes ?? {})) addCounts(codes, { [code]: -count });
  const left = Object.entries(codes).filter(([, count]) => count !== 0);
  const quarantined = left.reduce((sum, [, count]) => sum + count, 0);
  const named = left.length === 0 ? {} : { codes: Object.fromEntries(left) };
  return { type: 'images:done', extracted: all.extracted - told.extracted, quarantined, ...named };
}
