/** What many seeds of a kind come to with a policy. */
import { idealOf } from './ideal.ts';
import type { PolicyName } from './policies.ts';
import { type Kind, scenarioOf } from './scenario.ts';
import { type Outcome, simulate } from './simulate.ts';

/** The policies that are compared; `most` only tells which deadlines can be kept. */
export const COMPARED = ['verger', 'cpu', 'queue'] as const satisfies readonly PolicyName[];

/** One seed with one policy, against what is possible. */
export interface SeedResult {
  readonly kind: Kind;
  readonly seed: number;
  /** All its deadlines are kept by a fleet that is at its maximum while any run is under way. */
  readonly canBeKept: boolean;
  readonly kept: boolean;
  /** vCPU seconds, paid and ideal. */
  readonly cost: number;
  readonly ideal: number;
  readonly reversals: number;
  readonly firstRequest: number | null;
  readonly toZero: number | null;
}

/** Simulates one seed with some policies. Cost: a tenth of a second for the largest runs. */
export function measureSeed<Name extends PolicyName>(
  seed: number,
  kind: Kind,
  names: readonly Name[],
): Record<Name, SeedResult> {
  const scenario = scenarioOf(seed, kind);
  const canBeKept = isKept(simulate(scenario, 'most'));
  const ideal = idealOf(scenario).vcpuSeconds;
  const results = names.map((name) => {
    const outcome = simulate(scenario, name);
    const { vcpuSeconds: cost, reversals, firstRequest, toZero } = outcome;
    const kept = isKept(outcome);
    return [name, { kind, seed, canBeKept, kept, cost, ideal, reversals, firstRequest, toZero }] as const;
  });
  return Object.fromEntries(results) as Record<Name, SeedResult>;
}

const isKept = ({ runs }: Outcome) => runs.every(({ kept }) => kept);

/** Figures of many seeds. */
export interface Summary {
  readonly seeds: number;
  readonly canBeKept: number;
  /** Of those that can be. */
  readonly kept: number;
  /** Over seeds that can be kept: all that was paid by all that is ideal. */
  readonly cost: number;
  readonly medianCost: number;
  /** Cost that 95 % of the seeds do not exceed. */
  readonly highCost: number;
  readonly reversals: number;
  /** Seconds. */
  readonly firstRequest: number;
  readonly toZero: number;
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

/** The value that a share of the values does not exceed; 0 for none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

const isThere = (value: number | null) => value !== null;

/** Sums up. */
export function summarise(results: readonly SeedResult[]): Summary {
  const can = results.filter(({ canBeKept }) => canBeKept);
  const costs = can.map(({ cost, ideal }) => cost / ideal);
  return {
    seeds: results.length,
    canBeKept: can.length,
    kept: can.filter(({ kept }) => kept).length,
    cost: sum(can.map(({ cost }) => cost)) / sum(can.map(({ ideal }) => ideal)),
    medianCost: quantile(costs, 0.5),
    highCost: quantile(costs, 0.95),
    reversals: sum(results.map(({ reversals }) => reversals)),
    firstRequest: quantile(results.map(({ firstRequest }) => firstRequest).filter(isThere), 0.5),
    toZero: quantile(results.map(({ toZero }) => toZero).filter(isThere), 0.5),
  };
}
