import type { Plant } from './plant.ts';
import type { Verdicts } from './trial.ts';

/** A planted fault with what became of it. */
export interface Judged {
  readonly group: string;
  readonly plant: Plant;
  readonly verdicts: Verdicts;
  /** Both found it; or, where every file agrees with every other, neither did, and `--recompute` did. */
  readonly isRight: boolean;
  /** One line for a person. */
  readonly line: string;
}

/**
 * Judges what was said of a planted fault. A forgery that only `--recompute` can see must be found by neither
 * auditor nor `verify`, or it was not planted well and so proves nothing; `verify --recompute` of every image
 * must find it.
 */
export function judge(group: string, plant: Plant, verdicts: Verdicts): Judged {
  const { auditor, verify, recompute } = verdicts;
  const isForgery = plant.seenBy === 'recompute';
  const isRight =
    auditor.length > 0 !== isForgery && verify.length > 0 !== isForgery && recompute.length > 0 === isForgery;
  const said = (found: readonly string[], wanted = !isForgery) =>
    `${found.length > 0 ? 'found' : wanted ? 'MISSED' : 'not to be seen'}: ${found[0] ?? '–'}`;
  const lines = [
    `${isRight ? 'ok  ' : 'FAIL'} ${plant.name}`,
    `       auditor ${said(auditor)}`,
    `       verify  ${said(verify)}`,
    ...(isForgery ? [`       --recompute ${said(recompute, true)}`] : []),
  ];
  return { group, plant, verdicts, isRight, line: lines.join('\n') };
}

/** A Markdown table, a row a group. */
export function tableOf(judged: readonly Judged[], seed: number): string {
  const groups = [...new Set(judged.map(({ group }) => group))];
  const visible = judged.filter(({ plant }) => plant.seenBy !== 'recompute');
  const row = (name: string, those: readonly Judged[]) => {
    const by = (who: keyof Verdicts) => those.filter(({ verdicts }) => verdicts[who].length > 0).length;
    return `| ${name} | ${those.length} | ${by('auditor')} | ${by('verify')} |`;
  };
  const forgeries = judged.filter(({ plant }) => plant.seenBy === 'recompute');
  const found = forgeries.filter(({ verdicts }) => verdicts.recompute.length > 0);
  return [
    `Seed ${seed}; \`npm run test:planted\`.`,
    '',
    '| faults of | planted | found by the auditor | found by `verger verify` |',
    '|---|---:|---:|---:|',
    ...groups.map((group) =>
      row(
        group,
        visible.filter((one) => one.group === group),
      ),
    ),
    row('**all**', visible),
    '',
    `In ${forgeries.length} more forgeries every file agrees with every other, down to hashes, sums and PCA model: only`,
    `the images can tell. \`verger verify --recompute\` of every image found ${found.length} of ${forgeries.length}:`,
    '',
    '| forgery | what it said |',
    '|---|---|',
    ...forgeries.map(({ plant, verdicts }) => `| ${plant.name} | ${verdicts.recompute[0] ?? 'nothing'} |`),
  ].join('\n');
}
