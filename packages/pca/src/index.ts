/** Sums of features, PCA, projection: exact or in a fixed order (docs/architecture.md, Numbers). No I/O. */
export { labelCentroids, type NearestLabel, nearestLabels } from './centroids.ts';
export { type ComparedRows, type Comparison, compareWithCentroids, type PointTable } from './compare.ts';
export { type Covariance, covarianceOf } from './covariance.ts';
export { sumsDigest } from './digest.ts';
export { type Eigen, symmetricEigen } from './eigen.ts';
export { type VarianceShares, varianceShares } from './few-rows.ts';
export { fitPca } from './fit.ts';
export { plainIntegerGram } from './gram.ts';
export { type LabelledPoints, type NearPair, nearPairs } from './near-pairs.ts';
export { type Projection, prepareProjection, projectRows } from './project.ts';
export type { Reflections } from './reflections.ts';
export { addRows, emptySums, type LabelledRows, mergeSteps, mergeSums } from './sums.ts';
export { type Tridiagonal, tridiagonalise } from './tridiagonal.ts';
