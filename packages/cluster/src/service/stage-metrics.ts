import type { RunEvent } from '@verger/core';
import { Counter, Histogram, type Registry } from 'prom-client';

/** The stages that each role does. */
const STAGES = { worker: ['extract', 'project'], reducer: ['reduce', 'finish'] } as const;

/** Seconds: from a projection of a small partition to the reduce of a huge run. */
const BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Steps of an extraction as label `part`, by the name in a commit's timings. */
const PARTS = { readMs: 'read', decodeMs: 'decode', inferenceMs: 'infer', encodeMs: 'encode' } as const;

/** Takes each try that has ended. */
export interface StageMetrics {
  ended(event: Extract<RunEvent, { type: 'attempt:ended' }>): void;
}

/**
 * Adds how long stages take to a registry: a histogram of the tries that succeeded, and where the seconds of
 * all extractions went. Series of the role's stages are there from the start, at 0: a rate needs a value
 * before the first.
 */
export function addStageMetrics(registry: Registry, role: 'worker' | 'reducer'): StageMetrics {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'verger_stage_seconds',
    help: 'Seconds of jobs that were done: extract and project of one partition, reduce and finish of a run.',
    labelNames: ['stage'],
    buckets: BUCKETS,
    registers,
  });
  const parts = new Counter({
    name: 'verger_extract_seconds_total',
    help: 'Seconds of extraction by step, summed over images that are done at the same time.',
    labelNames: ['part'],
    registers,
  });
  for (const stage of STAGES[role]) seconds.zero({ stage });
  if (role === 'worker') for (const part of Object.values(PARTS)) parts.inc({ part }, 0);
  return {
    ended: ({ stage, ok, ms, timings }) => {
      if (ok) seconds.observe({ stage }, ms / 1000);
      if (timings === undefined) return;
      for (const [name, part] of Object.entries(PARTS)) {
        parts.inc({ part }, Math.max(0, timings[name as keyof typeof PARTS]) / 1000);
      }
    },
  };
}
