import { type PcaOptions, VergerError } from '@verger/core';

/** A value counts towards the rank above this share of the largest: 1,280 roundings. */
const RANK_SHARE = 1280 * Number.EPSILON;
/** A variance share is reached within this: cumulative sums are rounded. */
const SHARE_SLACK = 1e-12;

/**
 * The number of components, k: as many as were asked for, else the fewest that keep the wanted share of the
 * variance. `variances` and `ratios` (shares of the total) are in descending order. Errors: E_PCA_COMPONENTS.
 */
export function componentCount(variances: Float64Array, ratios: Float64Array, options: PcaOptions): number {
  const least = variances[0]! * RANK_SHARE;
  const largest = variances.filter((value) => value > least).length;
  if (options.components !== null) {
    if (options.components > largest) {
      const detail = `${options.components} were requested; at most ${largest} are possible.`;
      throw new VergerError('E_PCA_COMPONENTS', { option: '--components' }, { detail });
    }
    return options.components;
  }
  const target = (options.variance ?? 1) - SHARE_SLACK;
  let share = 0;
  for (let k = 1; k <= largest; k++) {
    share += ratios[k - 1]!;
    if (share >= target) return k;
  }
  return largest;
}
