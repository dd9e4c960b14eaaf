import { formatCount, printable } from '@verger/core';
import type { Verified } from '@verger/driver';
import { type Finding, REPAIR_WORDS, type Recomputed } from '@verger/verify';

/** At most this many findings of one kind are printed; the rest is counted. */
const MOST_TOLD = 50;

/** A finding, and what a repair does about it. */
function findingLines({ file, what, severity, repair }: Finding): string[] {
  const lines = [`  ${printable(file)}: ${printable(what)}`];
  if (severity === 'fault') lines.push(`      repair: ${REPAIR_WORDS[repair]}`);
  return lines;
}

function told(findings: readonly Finding[]): string[] {
  const rest = findings.length - MOST_TOLD;
  const lines = findings.slice(0, MOST_TOLD).flatMap(findingLines);
  return rest > 0 ? [...lines, `  … and ${formatCount(rest)} more (--json shows all)`] : lines;
}

function recomputedLines({ seed, compared, sameClass, maxDifference, skipped }: Recomputed): string[] {
  const exact = `${formatCount(sameClass)} of them bit for bit`;
  const others =
    compared > sameClass
      ? `; features of the others differ by at most ${maxDifference.toExponential(1)}`
      : '';
  const unread = skipped === 0 ? '' : `; ${formatCount(skipped)} changed since they were listed`;
  return [`  recomputed  ${formatCount(compared)} images, ${exact}${others}${unread} (--seed ${seed})`];
}

/** Counts, faults and notes of an examination, as text. */
export function examinationText(runId: string, examination: Verified): string {
  const { findings, counts, finished, pending, recomputed } = examination;
  const faults = findings.filter(({ severity }) => severity === 'fault');
  const notes = findings.filter(({ severity }) => severity === 'note');
  const state = finished ? '' : ', but it is not finished';
  const verdict =
    faults.length === 0
      ? `good${state}`
      : `${formatCount(faults.length)} ${faults.length === 1 ? 'fault' : 'faults'}${state}`;
  const { partitions, committed, projected, listed, extracted, quarantined } = counts;
  return [
    `run ${runId}: ${verdict}`,
    `  images      ${formatCount(listed)} listed, ${formatCount(extracted)} extracted, ` +
      `${formatCount(quarantined)} in quarantine`,
    `  partitions  ${formatCount(partitions)}: ${formatCount(committed)} committed, ` +
      `${formatCount(projected)} projected`,
    ...(recomputed === undefined ? [] : recomputedLines(recomputed)),
    ...pending.map((sentence) => `  not yet     ${sentence}`),
    ...(faults.length === 0 ? [] : ['faults', ...told(faults)]),
    ...(notes.length === 0 ? [] : ['notes', ...told(notes)]),
  ].join('\n');
}

/** The same as JSON. */
export function examinationJson(examination: Verified): object {
  const { findings, counts, finished, pending, recomputed } = examination;
  const { findings: _, ...again } = recomputed ?? { findings: [] };
  return {
    good: !findings.some(({ severity }) => severity === 'fault'),
    finished,
    pending,
    ...counts,
    ...(recomputed === undefined ? {} : { recomputed: again }),
    findings: findings.map((finding) => ({ ...finding, repair: REPAIR_WORDS[finding.repair] })),
  };
}
