import { formatShare, printable, type Report, shellQuote } from '@verger/core';
import type { RunOutcome } from '@verger/driver';
import { outcomeLines, verdictLine, whereLines } from './outcome-text.ts';
import { programName } from './program-name.ts';
import { indent } from './text.ts';

/** Everything that is worth knowing of the demo, on one screen. `location` as it is to be shown. */
export function demoText(
  outcome: RunOutcome,
  { location, hasHtml }: { readonly location: string; readonly hasHtml: boolean },
): string {
  const { report } = outcome;
  const lines = [
    ...outcomeLines(outcome),
    ...varianceLine(report),
    ...closestLine(report),
    ...whereLines(outcome, location, hasHtml),
  ];
  const text = [
    verdictLine(outcome),
    indent(lines.join('\n')),
    '',
    'Try next',
    `  ${programName()} report ${shellQuote(location)} --labels 24`,
    `  ${programName()} run YOUR/IMAGES --output results`,
  ].join('\n');
  return report.fingerprint.weightsKind === 'untrained' ? `${text}\n${untrainedWarning()}` : text;
}

const untrainedWarning = () => `
WARNING: UNTRAINED weights, made from a seed: the numbers are meaningless.
For real features, download the weights once (needs internet), or use your copy:
  ${programName()} weights fetch
  VERGER_WEIGHTS=/path/to/mobilenet_v2….h5 ${programName()} demo`;

/** What the first few components keep. */
function varianceLine({ pca }: Report): string[] {
  if (pca === null || pca.k === 1) return [];
  const marks = [1, 10, 50].filter((mark) => mark < pca.k);
  const kept = marks.map((mark) => {
    const share = formatShare(pca.cumulative[mark - 1] ?? 0);
    return mark === 1 ? `1 keeps ${share}` : `${mark} keep ${share}`;
  });
  return [`variance    ${kept.join(', ')}`];
}

/** The labels whose mean projections are closest, a pair once. */
function closestLine({ nearest }: Report): string[] {
  const pairs = new Set(nearest.map(({ label, nearest: other }) => [label, other].sort().join(' and ')));
  const shown = [...pairs].slice(0, 3).map(printable);
  return shown.length === 0 ? [] : [`closest     ${shown.join(', ')}`];
}
