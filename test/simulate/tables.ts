/** The tables of docs/scale.md. */
import { formatCount, formatShare } from '@verger/core';
import { markdownTable } from '@verger/testkit/built';
import { COMPARED, type SeedResult, type Summary, summarise } from './measure.ts';
import { KINDS, type Kind } from './scenario.ts';

/** Results by policy. */
export type Results = Readonly<Record<(typeof COMPARED)[number], readonly SeedResult[]>>;

/** The targets of the simulation. */
export const TARGETS = { kept: 0.99, cost: 1.15, reversals: 0, largestMs: 1000 } as const;

const TEXTS: Record<Kind, string> = {
  small: 'small: 500 to 20,000 images',
  medium: 'medium: 20,000 to 1,000,000',
  overlapping: 'overlapping: 2 to 5 runs',
  large: 'large: 1 to 10 million',
  rough: 'rough: medium, with losses',
  tight: 'tight: medium, shortest deadline',
};

const times = (value: number) => value.toFixed(2);
const kept = ({ kept: of, canBeKept }: Summary) => `${formatCount(of)} of ${formatCount(canBeKept)}`;

/** Figures of the real function by kind. */
export function ownTable(results: Results): string {
  const line = (text: string, of: readonly SeedResult[]) => {
    const all = summarise(of);
    return [
      text,
      kept(all),
      times(all.cost),
      `${times(all.medianCost)}, ${times(all.highCost)}`,
      String(all.reversals),
      all.firstRequest.toFixed(0),
      all.toZero.toFixed(0),
    ];
  };
  const own = results.verger;
  return markdownTable(
    [
      [
        'kind of seed',
        'deadlines kept',
        'cost',
        'cost: median, 95 %',
        'oscillations',
        'first request, s',
        'to zero, s',
      ],
      ...KINDS.map((kind) => line(TEXTS[kind], ofKind(own, kind))),
      line('**all**', own),
    ],
    [1, 2, 3, 4, 5, 6],
  );
}

const ofKind = (results: readonly SeedResult[], kind: Kind) => results.filter((one) => one.kind === kind);

/** The three policies side by side. */
export function comparison(results: Results): string {
  const line = (text: string, pick: (of: readonly SeedResult[]) => readonly SeedResult[]) => {
    const each = COMPARED.map((name) => summarise(pick(results[name])));
    return [
      text,
      ...each.map((one) => (one.canBeKept === 0 ? '–' : formatShare(one.kept / one.canBeKept))),
      ...each.map(({ cost }) => times(cost)),
    ];
  };
  return markdownTable(
    [
      ['kind of seed', 'kept: verger', '60 % CPU', 'queue', 'cost: verger', '60 % CPU', 'queue'],
      ...KINDS.map((kind) => line(kind, (of) => ofKind(of, kind))),
      line('**all**', (of) => of),
    ],
    [1, 2, 3, 4, 5, 6],
  );
}

/** Targets, measured and met or not. */
export function verdict(results: Results, largestMs: number): { text: string; missed: readonly string[] } {
  const all = summarise(results.verger);
  const rows = [
    [
      'deadlines kept that can be kept',
      formatShare(all.kept / all.canBeKept),
      '≥ 99 %',
      all.kept >= TARGETS.kept * all.canBeKept,
    ],
    ['cost, times ideal', all.cost.toFixed(3), `≤ ${TARGETS.cost}`, all.cost <= TARGETS.cost],
    ['oscillations', String(all.reversals), '0', all.reversals === TARGETS.reversals],
    [
      'to simulate 10,000,000 images with 1,000 workers',
      `${(largestMs / 1000).toFixed(2)} s`,
      '≤ 1 s',
      largestMs <= TARGETS.largestMs,
    ],
  ] as const;
  return {
    text: markdownTable(
      [
        ['', 'measured', 'bound', ''],
        ...rows.map(([what, is, bound, met]) => [what, is, bound, met ? 'met' : '**missed**']),
      ],
      [1, 2],
    ),
    missed: rows.filter(([, , , met]) => !met).map(([what]) => what),
  };
}
