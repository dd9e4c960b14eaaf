/** Checks `timeline.json` against the commits that it was made from. */
import { type Commit, canonicalJson, RUN_FILES, timelineSchema } from '@verger/core';
import { parseRecord } from '@verger/run';
import { buildTimeline, type StageContext, timelineBytes } from '@verger/stages';
import type { Findings } from './finding.ts';
import { lookFor } from './read.ts';

/** What a timeline is held against. */
export interface TimelineSource {
  /** Of all partitions, in their order; undefined where one is lost or damaged. */
  readonly commits: readonly Commit[] | undefined;
  /** The number of the newest epoch. */
  readonly epochs: number;
}

/**
 * Builds the columns again from the commits and compares. One that is absent is no fault: releases before 0.3
 * wrote none. Failed attempts are not compared: late ones may have been recorded after it.
 */
export async function checkTimeline(
  { run: { store, manifest } }: StageContext,
  findings: Findings,
  { commits, epochs }: TimelineSource,
): Promise<void> {
  const file = RUN_FILES.timeline;
  const bytes = await lookFor({ store, findings }, file, { gone: false });
  if (bytes === undefined) return;
  let stored: ReturnType<typeof timelineSchema.parse>;
  try {
    stored = parseRecord(bytes, timelineSchema, file);
  } catch (error) {
    findings.fault(file, error instanceof Error ? error.message : String(error));
    return;
  }
  if (Buffer.compare(bytes, timelineBytes(stored)) !== 0)
    findings.fault(file, 'Its bytes are not what verger writes.');
  if (stored.epoch > epochs) findings.fault(file, 'It names an epoch that does not exist.');
  if (commits === undefined) return;
  const rebuilt = buildTimeline({ identity: manifest.identity, epoch: stored.epoch, commits, failures: [] });
  const workers = stored.workers.slice(0, rebuilt.workers.length);
  const told = { ...stored, workers };
  const fields = ['runIdentity', 'originMs', 'workers', 'partitions', 'codes'] as const;
  const wrong = fields.find((field) => canonicalJson(told[field]) !== canonicalJson(rebuilt[field]));
  if (wrong !== undefined) findings.fault(file, `It does not match the commits (${wrong}).`);
}
