import type { Plant } from './plant.ts';
import type { Verdicts } from './trial.ts';

/** A planted fault with what became of it. */
export interface Judged {
  readonly group: string;
  readonly plant: Plant;
  readonly verdicts: Verdicts;
  /** Both found it; or neither, where every file agrees with every other. */
  readonly isRight: boolean;
  /** One line for a person. */
  readonly line: string;
}

/**
 * Judges what was said of a planted fault. A forgery that only `--recompute` can see must be found by neither: a finding would mean
 * that it was not planted well, and so proves nothing.
 */
export function judge(group: string, plant: Plant, verdicts: Verdicts): Judged {
  const { auditor, verify } = verdicts;
  const wanted = plant.seenBy !== 'recompute';
  const isRight = auditor.length > 0 === wanted && verify.length > 0 === wanted;
  const said = (found: readonly string[]) =>
    found.length > 0 ? 'found' : wanted ? 'MISSED' : 'not to be seen';
  const line = `${isRight ? 'ok  ' : 'FAIL'} ${plant.name}\n       auditor ${said(auditor)}: ${auditor[0] ?? '–'}\n       verify  ${said(verify)}: ${verify[0] ?? '–'}`;
  return { group, plant, verdicts, isRight, line };
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
    `Besides, ${forgeries.length} forgeries in which every file agrees with every other, down to hashes, sums and PCA model:`,
    'they can be seen by nothing but the images, and are for `verger verify --recompute`.',
    ...forgeries.map(({ plant }) => `- ${plant.name}`),
  ].join('\n');
}
