import assert from 'node:assert/strict';
import { test } from 'node:test';
import { componentCount } from './component-count.ts';

const OPTIONS = { variance: null, components: null, standardise: false, sparkCompatible: false };
const VARIANCES = Float64Array.of(5, 3, 2, 0);
const RATIOS = VARIANCES.map((variance) => variance / 10);
const count = (options: Partial<typeof OPTIONS> | { variance: number } | { components: number }) =>
  componentCount(VARIANCES, RATIOS, { ...OPTIONS, ...options });

test('k is the fewest components that keep the share of the variance', () => {
  assert.deepEqual(
    [0.1, 0.5, 0.51, 0.8, 0.81, 1].map((variance) => count({ variance })),
    [1, 1, 2, 2, 3, 3],
  );
});

test('a number of components is taken as it is, up to the rank', () => {
  assert.deepEqual([count({ components: 1 }), count({ components: 3 })], [1, 3]);
  const place = { option: '--components' };
  assert.throws(() => count({ components: 4 }), { code: 'E_PCA_COMPONENTS', place });
});
